import { Alert, Anchor, Button, Group, PasswordInput, Stack } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useState } from 'react';
import { api, read } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { botQuery, botsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { useAct } from '../../parts/act';
import { Section } from '../../parts/Section';
import { ErrorState } from '../../parts/States';
import { Status } from '../../parts/Status';
import { botState } from '../bots/BotCard';
import { ChatPlaces } from '../bots/ChatPlaces';
import type { Bot } from './changeBot';

export function ChannelSettings({ bot }: { bot: Bot }) {
  const t = useT();
  const formats = useFormats();
  const { tone, key } = botState(bot);
  return (
    <Stack gap="lg">
      <Section title={t(`service.${bot.service}`)}>
        <Status tone={tone}>{t(key)}</Status>
        {bot.reconnect && (
          <Alert
            color="red"
            variant="outline"
            className="problem"
            icon={<IconPlugConnectedX aria-hidden />}
            title={t('settings.reconnect', { when: formats.full(bot.reconnect.since) })}
          >
            {bot.reconnect.message}
          </Alert>
        )}
        {bot.service === 'livechat' ? (
          <ChatPlaces bot={bot} />
        ) : (
          bot.url && (
            <Anchor href={bot.url} target="_blank" rel="noreferrer" size="sm" className="said">
              {bot.url}
            </Anchor>
          )
        )}
      </Section>
      {bot.service === 'telegram' && <TelegramToken bot={bot} />}
    </Stack>
  );
}

function TelegramToken({ bot }: { bot: Bot }) {
  const t = useT();
  const [token, setToken] = useState('');
  const connect = useAct({
    run: () =>
      read(
        api.POST('/api/v1/bots/{bot_id}/connect', {
          params: { path: { bot_id: bot.id } },
          body: { token: token.trim() },
        }),
      ),
    refresh: [botQuery(bot.id).queryKey, botsQuery.queryKey],
    done: t('settings.token_done'),
    then: () => setToken(''),
    quietError: true,
  });
  const problem = fieldErrors(connect.error, ['token'], t).byField['token'];
  return (
    <Section title={t('settings.token')} text={t('settings.token_text')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          connect.mutate();
        }}
      >
        <Stack>
          <PasswordInput
            label={t('bots.token')}
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            error={problem}
            autoComplete="off"
            visibilityToggleButtonProps={{ 'aria-label': t('welcome.show_password') }}
          />
          {connect.error && !problem && <ErrorState error={connect.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={connect.isPending} disabled={!token.trim()}>
              {t('bots.connect')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
