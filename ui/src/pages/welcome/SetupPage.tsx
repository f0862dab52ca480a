import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { ApiProblem, fieldErrors } from '../../api/problem';
import { createOwner, sessionQuery, setupQuery } from '../../api/session';
import { useT } from '../../i18n';
import { ErrorState } from '../../parts/States';
import { PASSWORD_CHARS_MIN } from './password';
import { WelcomeFrame } from './WelcomeFrame';

const NAMES = ['code', 'account_name', 'name', 'email', 'password'] as const;

const isSetUp = (error: unknown) => error instanceof ApiProblem && error.code === 'already_set_up';

export default function SetupPage() {
  const t = useT();
  const router = useRouter();
  const queries = useQueryClient();
  const isCodeNeeded = useQuery(setupQuery).data?.code_needed ?? false;
  const form = useForm({
    mode: 'controlled',
    initialValues: { code: '', account_name: '', name: '', email: '', password: '' },
    validate: {
      code: (value) => (isCodeNeeded && !value.trim() ? t('form.needed') : null),
      account_name: (value) => (value.trim() ? null : t('form.needed')),
      name: (value) => (value.trim() ? null : t('form.needed')),
      email: (value) => (/^\S+@\S+$/.test(value.trim()) ? null : t('form.email')),
      password: (value) =>
        [...value].length >= PASSWORD_CHARS_MIN ? null : t('form.too_short', { count: PASSWORD_CHARS_MIN }),
    },
  });
  const create = useMutation({
    mutationFn: (values: typeof form.values) =>
      createOwner({
        ...values,
        code: isCodeNeeded ? values.code.trim() : null,
        email: values.email.trim(),
        language: t.language,
      }),
    onSuccess: (session) => {
      queries.setQueryData(setupQuery.queryKey, { needed: false, code_needed: false });
      queries.setQueryData(sessionQuery.queryKey, session);
      void router.navigate({ to: '/' });
    },
    onError: (error) => {
      form.setErrors(fieldErrors(error, NAMES, t).byField);
      // Somebody was faster: from now on one signs in.
      if (isSetUp(error)) queries.setQueryData(setupQuery.queryKey, { needed: false, code_needed: false });
    },
  });
  const { rest } = fieldErrors(create.error, NAMES, t);
  const isFieldsOnly = create.error && Object.keys(fieldErrors(create.error, NAMES, t).byField).length > 0 && !rest;
  return (
    <WelcomeFrame title={t('welcome.setup')} text={t('welcome.setup_text')}>
      <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
        <Stack>
          {isCodeNeeded && (
            <TextInput
              label={t('welcome.code')}
              description={t('welcome.code_text')}
              autoComplete="off"
              {...form.getInputProps('code')}
            />
          )}
          <TextInput
            label={t('welcome.account_name')}
            description={t('welcome.account_name_text')}
            autoComplete="organization"
            {...form.getInputProps('account_name')}
          />
          <TextInput label={t('welcome.your_name')} autoComplete="name" {...form.getInputProps('name')} />
          <TextInput label={t('welcome.email')} type="email" autoComplete="username" {...form.getInputProps('email')} />
          <PasswordInput
            label={t('welcome.password')}
            description={t('welcome.password_text', { count: PASSWORD_CHARS_MIN })}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('welcome.show_password') }}
            {...form.getInputProps('password')}
          />
          {create.error && !isFieldsOnly && <ErrorState error={create.error} />}
          {isSetUp(create.error) && (
            <Button variant="default" renderRoot={(props) => <Link to="/sign-in" {...props} />}>
              {t('welcome.sign_in')}
            </Button>
          )}
          <Button type="submit" loading={create.isPending} fullWidth mt="xs">
            {t('welcome.create')}
          </Button>
        </Stack>
      </form>
    </WelcomeFrame>
  );
}
