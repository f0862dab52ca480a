import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { sessionQuery, signIn } from '../../api/session';
import { safeReturn } from '../../app/router';
import { useT } from '../../i18n';
import { ErrorState } from '../../parts/States';
import { WelcomeFrame } from './WelcomeFrame';

export default function SignInPage() {
  const t = useT();
  const router = useRouter();
  const queries = useQueryClient();
  const { to } = useSearch({ from: '/sign-in' });
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const enter = useMutation({
    mutationFn: () => signIn(email.trim(), password),
    onSuccess: (session) => {
      queries.setQueryData(sessionQuery.queryKey, session);
      router.history.push(safeReturn(to));
    },
  });
  return (
    <WelcomeFrame title={t('welcome.sign_in')} text={t('welcome.sign_in_text')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('welcome.email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            autoFocus
          />
          <PasswordInput
            label={t('welcome.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('welcome.show_password') }}
          />
          {enter.error && <ErrorState error={enter.error} />}
          <Button type="submit" loading={enter.isPending} fullWidth mt="xs">
            {t('welcome.sign_in')}
          </Button>
        </Stack>
      </form>
    </WelcomeFrame>
  );
}
