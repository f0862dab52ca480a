import { Button, Group, List, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { botsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState } from '../../parts/States';

const TOKEN = /^\d{5,}:[\w-]{30,}$/;

export function NewTelegram({ back, done }: { back: () => void; done: (bot: Schemas['BotView']) => void }) {
  const t = useT();
  const [name, setName] = useState('');
  const [token, setToken] = useState('');
  const create = useAct({
    run: () =>
      read(api.POST('/api/v1/bots', { body: { name: name.trim(), service: 'telegram', token: token.trim() } })),
    refresh: [botsQuery.queryKey],
    then: done,
    quietError: true,
  });
  const { byField, rest } = fieldErrors(create.error, ['name', 'token'], t);
  const looksWrong = token.trim() !== '' && !TOKEN.test(token.trim());
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Stack>
        <List type="ordered" size="sm" spacing={4}>
          <List.Item>{t('bots.telegram_1')}</List.Item>
          <List.Item>{t('bots.telegram_2')}</List.Item>
          <List.Item>{t('bots.telegram_3')}</List.Item>
        </List>
        <TextInput
          label={t('bots.name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={byField['name']}
          maxLength={128}
          required
          withAsterisk={false}
          data-autofocus
        />
        <PasswordInput
          label={t('bots.token')}
          description={t('bots.token_text')}
          placeholder="123456789:AA…"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={byField['token'] ?? (looksWrong ? t('bots.token_shape') : null)}
          autoComplete="off"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': t('welcome.show_password') }}
        />
        {create.error && (rest || Object.keys(byField).length === 0) && <ErrorState error={create.error} />}
        <Group justify="space-between">
          <Button variant="default" onClick={back}>
            {t('do.back')}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={!name.trim() || !TOKEN.test(token.trim())}>
            {t('bots.connect')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
