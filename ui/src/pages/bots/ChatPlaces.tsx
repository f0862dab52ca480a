import { Anchor, Stack, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { sessionQuery } from '../../api/session';
import { useT } from '../../i18n';
import { CopyLine } from '../../parts/Copy';

/** Where a web chat can be put: its own page, and a line for any site. */
export function ChatPlaces({ bot }: { bot: Schemas['BotView'] }) {
  const t = useT();
  const { data: session } = useQuery(sessionQuery);
  const server = (session?.public_url ?? location.origin).replace(/\/$/, '');
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <Text size="sm" fw={500}>
          {t('bots.chat_page')}
        </Text>
        <CopyLine value={bot.url} />
        <Anchor href={bot.url} target="_blank" rel="noreferrer" size="sm">
          {t('bots.try_chat')} <IconExternalLink size={14} aria-hidden />
        </Anchor>
      </Stack>
      <Stack gap={4}>
        <Text size="sm" fw={500}>
          {t('bots.chat_script')}
        </Text>
        <CopyLine value={`<script src="${server}/chat.js" data-bot="${bot.id}" async></script>`} />
        <Text size="xs" c="dimmed">
          {t('bots.chat_script_text')}
        </Text>
      </Stack>
    </Stack>
  );
}
