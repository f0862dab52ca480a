import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../../api/client';
import { useT } from '../../i18n';
import { ChatPlaces } from './ChatPlaces';

/** The bot exists: where people find it, and what comes next. */
export function BotReady({ bot }: { bot: Schemas['BotView'] }) {
  const t = useT();
  return (
    <Stack>
      <Text size="sm">{t('bots.ready_text', { name: bot.name })}</Text>
      {bot.service === 'livechat' ? (
        <ChatPlaces bot={bot} />
      ) : (
        <Anchor href={bot.url} target="_blank" rel="noreferrer" size="sm">
          {bot.url} <IconExternalLink size={14} aria-hidden />
        </Anchor>
      )}
      <Group justify="flex-end">
        <Button renderRoot={(props) => <Link to="/bots/$botId/flows" params={{ botId: bot.id }} {...props} />}>
          {t('bots.to_flows')}
        </Button>
      </Group>
    </Stack>
  );
}
