import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { fieldErrors } from '../../api/problem';
import { changeMember, sessionQuery } from '../../api/session';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState } from '../../parts/States';
import { PASSWORD_CHARS_MIN } from '../welcome/password';

export function PasswordForm({ email }: { email: string }) {
  const t = useT();
  const queries = useQueryClient();
  const form = useForm({
    mode: 'controlled',
    initialValues: { current: '', new: '' },
    validate: {
      current: (value) => (value ? null : t('form.needed')),
      new: (value) =>
        [...value].length >= PASSWORD_CHARS_MIN ? null : t('form.too_short', { count: PASSWORD_CHARS_MIN }),
    },
  });
  const change = useAct({
    run: (password: { current: string; new: string }) => changeMember({ password }),
    done: t('account.password_changed'),
    then: (session) => {
      queries.setQueryData(sessionQuery.queryKey, session);
      form.reset();
    },
    quietError: true,
  });
  const { byField } = fieldErrors(change.error, ['password.current', 'password.new', 'password'], t);
  const current = byField['password.current'] ? t('account.password_wrong') : undefined;
  const fresh = byField['password.new'] ?? byField['password'];
  return (
    <form
      onSubmit={form.onSubmit((values) => change.mutate(values))}
      onChange={() => change.error && change.reset()}
      noValidate
    >
      <Stack gap="sm">
        <div>
          <Text size="sm" fw={500}>
            {t('account.password')}
          </Text>
          <Text size="sm" c="dimmed">
            {t('account.password_text')}
          </Text>
        </div>
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <Group align="flex-start" grow preventGrowOverflow={false}>
          <PasswordInput
            label={t('account.password_current')}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ 'aria-label': t('welcome.show_password') }}
            miw={220}
            {...form.getInputProps('current')}
            error={form.errors['current'] ?? current}
          />
          <PasswordInput
            label={t('account.password_new')}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('welcome.show_password') }}
            miw={220}
            {...form.getInputProps('new')}
            error={form.errors['new'] ?? fresh}
          />
        </Group>
        {change.error && !current && !fresh && <ErrorState error={change.error} />}
        <Group justify="flex-end">
          <Button type="submit" variant="default" loading={change.isPending} disabled={!form.isDirty()}>
            {t('account.password_change')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
