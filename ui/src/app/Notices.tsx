import { ActionIcon, Anchor, Button, Group, Indicator, Popover, ScrollArea, Stack, Text } from '@mantine/core';
import { IconBell, IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, read } from '../api/client';
import { ErrorState } from '../parts/States';
import { useT } from '../i18n';
import { useAct } from '../parts/act';
import { Ago } from '../parts/Ago';

const POLL_MS = 30_000;

/** What flows of the bot want people to know, until somebody has read it. */
export function Notices({ botId }: { botId: string }) {
  const t = useT();
  const [isOpen, setOpen] = useState(false);
  const queryKey = ['bots', botId, 'notifications'];
  const notices = useQuery({
    queryKey,
    queryFn: () =>
      read(
        api.GET('/api/v1/bots/{bot_id}/notifications', {
          params: { path: { bot_id: botId }, query: { unread: true, limit: 50 } },
        }),
      ),
    refetchInterval: POLL_MS,
  });
  const markRead = useAct({
    run: (notification_id: string) =>
      read(
        api.POST('/api/v1/bots/{bot_id}/notifications/{notification_id}/read', {
          params: { path: { bot_id: botId, notification_id } },
        }),
      ),
    refresh: [queryKey],
  });
  const items = notices.data?.items ?? [];
  const label = items.length > 0 ? t.many('notices.unread', items.length) : t('notices.title');
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" width={340} trapFocus shadow="md">
      <Indicator disabled={items.length === 0} size={8} offset={7} color="red.8">
        <Popover.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setOpen(!isOpen)}>
            <IconBell size={18} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown p={0} aria-label={t('notices.title')}>
        <ScrollArea.Autosize mah={420}>
          {notices.error && <ErrorState error={notices.error} retry={() => void notices.refetch()} />}
          {notices.data && items.length === 0 && (
            <Text size="sm" c="dimmed" p="md">
              {t('notices.empty')}
            </Text>
          )}
          {items.map((notice) => (
            <Stack key={notice.id} gap={4} p="sm" style={{ borderBottom: '1px solid var(--recado-line)' }}>
              <Text size="sm" className="said" lineClamp={6}>
                {notice.text}
              </Text>
              <Group justify="space-between">
                <Group gap="sm">
                  <Text size="xs" c="dimmed">
                    <Ago at={notice.at} />
                  </Text>
                  <Anchor
                    size="xs"
                    renderRoot={(props) => (
                      <Link
                        to="/bots/$botId/chats"
                        params={{ botId }}
                        search={{ contact: notice.contact_id, state: 'all' }}
                        {...props}
                        onClick={() => setOpen(false)}
                      />
                    )}
                  >
                    {t('notices.to_chat')}
                  </Anchor>
                </Group>
                <Button
                  size="compact-xs"
                  variant="default"
                  leftSection={<IconCheck size={12} aria-hidden />}
                  loading={markRead.isPending && markRead.variables === notice.id}
                  onClick={() => markRead.mutate(notice.id)}
                >
                  {t('notices.read')}
                </Button>
              </Group>
            </Stack>
          ))}
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}
