import { ActionIcon, Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconDeviceLaptop, IconLogout } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { api, read } from '../../api/client';
import { sessionsQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { useAct } from '../../parts/act';
import { Ago } from '../../parts/Ago';
import { ErrorState, LoadingRows } from '../../parts/States';
import { agentName } from './agent';

/** The browsers in which one is signed in: another one can be ended from here. */
export function Sessions() {
  const t = useT();
  const formats = useFormats();
  const sessions = useQuery(sessionsQuery);
  const refresh = [sessionsQuery.queryKey];
  const end = useAct({
    run: (session_id: string) =>
      read(api.DELETE('/api/v1/session/all/{session_id}', { params: { path: { session_id } } })),
    refresh,
    done: t('sessions.ended'),
  });
  const endOthers = useAct({
    run: () => read(api.DELETE('/api/v1/session/all')),
    refresh,
    done: t('sessions.others_ended'),
  });
  const items = sessions.data?.items ?? [];
  return (
    <Stack className="panel" p="lg" component="section" gap="md">
      <Group justify="space-between">
        <Title order={2}>{t('sessions.title')}</Title>
        {items.length > 1 && (
          <Button variant="default" size="xs" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>
            {t('sessions.end_others')}
          </Button>
        )}
      </Group>
      {sessions.error && <ErrorState error={sessions.error} retry={() => void sessions.refetch()} />}
      {sessions.isPending && <LoadingRows rows={2} />}
      {items.map((session) => {
        const name = agentName(session.user_agent) || t('sessions.unknown');
        return (
          <Group key={session.id} wrap="nowrap" gap="sm">
            <IconDeviceLaptop size={18} stroke={1.6} aria-hidden style={{ flex: 'none' }} />
            <Stack gap={0} flex={1} miw={0}>
              <Group gap="xs" wrap="nowrap">
                <Text size="sm" fw={500} className="name" title={session.user_agent}>
                  {name}
                </Text>
                {session.is_this && (
                  <Badge variant="default" style={{ flex: 'none' }}>
                    {t('sessions.this')}
                  </Badge>
                )}
              </Group>
              <Text size="xs" c="dimmed">
                {session.created_at && (
                  <>
                    {t('sessions.since')} <Ago at={session.created_at} /> ·{' '}
                  </>
                )}
                {t('sessions.until', { when: formats.day(session.expires_at) })}
              </Text>
            </Stack>
            {!session.is_this && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`${t('sessions.end')}: ${name}`}
                disabled={end.isPending}
                onClick={() => end.mutate(session.id)}
              >
                <IconLogout size={16} />
              </ActionIcon>
            )}
          </Group>
        );
      })}
    </Stack>
  );
}
