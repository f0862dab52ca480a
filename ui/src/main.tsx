import '@mantine/core/styles.css';
import './styles/app.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { mayRetry, whenSignedOut } from './api/client';
import { sessionQuery } from './api/session';
import { createAppRouter } from './app/router';
import { LanguageProvider, loadWords, preferredLanguage } from './i18n';
import { cssVariables, theme } from './styles/theme';

const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: mayRetry, staleTime: 10_000, refetchOnWindowFocus: true } },
});
const router = createAppRouter(queryClient);

whenSignedOut(() => {
  if (!queryClient.getQueryData(sessionQuery.queryKey)) return;
  queryClient.clear();
  queryClient.setQueryData(sessionQuery.queryKey, null);
  void router.invalidate();
});

const root = document.getElementById('root');
if (root) {
  const language = preferredLanguage();
  const words = await loadWords(language);
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <LanguageProvider first={{ language, words }}>
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </LanguageProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
