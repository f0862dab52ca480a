import { Anchor, Button, Group, Select, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { accountQuery } from '../../api/queries';
import { sessionQuery } from '../../api/session';
import { useChooseLanguage } from '../../app/useChooseLanguage';
import { languageNames, languages, useT, type Language } from '../../i18n';
import { useAct } from '../../parts/act';
import { Page } from '../../parts/Page';
import { ErrorState, LoadingRows } from '../../parts/States';
import { PasswordForm } from './PasswordForm';
import { Sessions } from './Sessions';
import { Tokens } from './Tokens';

export default function AccountPage() {
  const t = useT();
  const choose = useChooseLanguage();
  const account = useQuery(accountQuery);
  const { data: session } = useQuery(sessionQuery);
  return (
    <Page title={t('account.title')} width={760}>
      <Stack gap="lg">
        <Stack className="panel" p="lg" component="section" gap="md">
          <Title order={2}>{t('account.general')}</Title>
          {account.error && <ErrorState error={account.error} retry={() => void account.refetch()} />}
          {account.isPending && <LoadingRows rows={3} />}
          {account.data && <AccountForm key={account.data.id} account={account.data} />}
        </Stack>
        <Stack className="panel" p="lg" component="section" gap="md">
          <Title order={2}>{t('account.you')}</Title>
          {session && (
            <div>
              <Text size="sm" fw={500} className="said">
                {session.member.name}
              </Text>
              <Text size="sm" c="dimmed" className="said">
                {session.member.email}
              </Text>
            </div>
          )}
          <Stack gap={6}>
            <Text size="sm" fw={500} id="language-label">
              {t('account.language')}
            </Text>
            <SegmentedControl
              aria-labelledby="language-label"
              data={languages.map((language) => ({ value: language, label: languageNames[language] }))}
              value={t.language}
              onChange={(language) => choose(language as Language)}
              maw={280}
            />
          </Stack>
          {session && <PasswordForm email={session.member.email} />}
        </Stack>
        <Sessions />
        <Tokens />
        {session && (
          <Group justify="space-between">
            <Text size="xs" c="dimmed">
              {t('account.version', { version: session.version })}
            </Text>
            <Anchor size="xs" href="/docs/api">
              {t('account.api')}
            </Anchor>
          </Group>
        )}
      </Stack>
    </Page>
  );
}

function AccountForm({ account }: { account: Schemas['AccountView'] }) {
  const t = useT();
  const [name, setName] = useState(account.name);
  const [timeZone, setTimeZone] = useState(account.time_zone);
  const save = useAct({
    run: () => read(api.PATCH('/api/v1/account', { body: { name: name.trim(), time_zone: timeZone } })),
    refresh: [accountQuery.queryKey, sessionQuery.queryKey],
    done: t('do.saved'),
    quietError: true,
  });
  const { byField } = fieldErrors(save.error, ['name', 'time_zone'], t);
  const zones = [...new Set(['UTC', account.time_zone, ...Intl.supportedValuesOf('timeZone')])];
  const isChanged = name.trim() !== account.name || timeZone !== account.time_zone;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t('account.name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={byField['name']}
          maxLength={128}
        />
        <Select
          label={t('account.time_zone')}
          description={t('account.time_zone_text')}
          data={zones}
          value={timeZone}
          onChange={(zone) => zone && setTimeZone(zone)}
          searchable
          limit={60}
          allowDeselect={false}
          error={byField['time_zone']}
        />
        {save.error && Object.keys(byField).length === 0 && <ErrorState error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} disabled={!isChanged || !name.trim()}>
            {t('do.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
