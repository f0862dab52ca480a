import { Anchor, Center, Loader } from '@mantine/core';
import { IconError404 } from '@tabler/icons-react';
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { EmptyState, ErrorState } from '../parts/States';
import { useT } from '../i18n';

export function LoadingPage() {
  const t = useT();
  return (
    <Center mih="60vh">
      <Loader size="sm" aria-label={t('state.loading')} />
    </Center>
  );
}

export function RouteErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <Center mih="60vh" p="md">
      <ErrorState
        error={error}
        retry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </Center>
  );
}

export function NotFoundPage() {
  const t = useT();
  return (
    <main>
      <EmptyState
        order={1}
        icon={IconError404}
        title={t('state.no_page')}
        text={t('state.no_page_text')}
        action={
          <Anchor component={Link} to="/">
            {t('state.to_bots')}
          </Anchor>
        }
      />
    </main>
  );
}
