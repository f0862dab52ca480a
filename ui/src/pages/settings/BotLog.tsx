import { Anchor, Group, Stack, Text } from '@mantine/core';
import { IconNotes } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, read } from '../../api/client';
import { nextCursor } from '../../api/queries';
import { useT } from '../../i18n';
import { useLogWords } from '../../i18n/log';
import { Ago } from '../../parts/Ago';
import { LoadMore } from '../../parts/LoadMore';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/States';
import { Status } from '../../parts/Status';
import type { Bot } from './changeBot';

/** What went wrong in the bot's flows, as the server noted it. */
export function BotLog({ bot }: { bot: Bot }) {
  const t = useT();
  const tell = useLogWords();
  const log = useInfiniteQuery({
    queryKey: ['bots', bot.id, 'log'],
    queryFn: ({ pageParam: cursor }) =>
      read(
        api.GET('/api/v1/bots/{bot_id}/log', { params: { path: { bot_id: bot.id }, query: { limit: 50, cursor } } }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });
  const items = log.data?.pages.flatMap((page) => page.items);
  if (log.error && !items) return <ErrorState error={log.error} retry={() => void log.refetch()} />;
  return (
    <div className="panel">
      {log.isPending && <LoadingRows />}
      {items?.length === 0 && (
        <EmptyState icon={IconNotes} title={t('settings.log_empty')} text={t('settings.log_empty_text')} />
      )}
      {items?.map((line, index) => {
        const { flow_id: flowId, contact_id: contactId } = line;
        return (
          <Stack
            key={index}
            gap={2}
            px="md"
            py="sm"
            style={{ borderTop: index ? '1px solid var(--recado-line)' : undefined }}
          >
            <Group justify="space-between" gap="xs">
              <Status tone={line.level === 'error' ? 'bad' : 'wait'}>{line.code}</Status>
              <Text size="xs" c="dimmed">
                <Ago at={line.at} />
              </Text>
            </Group>
            <Text size="sm" className="said">
              {tell(line).said}
            </Text>
            {tell(line).detail && (
              <Text size="xs" c="dimmed" className="said" lang="en">
                {tell(line).detail}
              </Text>
            )}
            <Group gap="md">
              {flowId && (
                <Anchor
                  size="xs"
                  renderRoot={(props) => (
                    <Link to="/bots/$botId/flows/$flowId" params={{ botId: bot.id, flowId }} {...props} />
                  )}
                >
                  {t('settings.log_flow')}
                </Anchor>
              )}
              {contactId && (
                <Anchor
                  size="xs"
                  renderRoot={(props) => (
                    <Link to="/bots/$botId/audience/$contactId" params={{ botId: bot.id, contactId }} {...props} />
                  )}
                >
                  {t('settings.log_contact')}
                </Anchor>
              )}
              {line.element && (
                <Text size="xs" c="dimmed" className="said">
                  {t('settings.log_element', { element: line.element })}
                </Text>
              )}
            </Group>
          </Stack>
        );
      })}
      <LoadMore {...log} />
    </div>
  );
}
