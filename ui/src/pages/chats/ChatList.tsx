import {
  ActionIcon,
  Badge,
  Group,
  SegmentedControl,
  Stack,
  Text,
  Tooltip,
  UnstyledButton,
  VisuallyHidden,
} from '@mantine/core';
import { IconMessages, IconPlayerPause, IconVolume, IconVolumeOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ChatItem } from '../../api/chats';
import { membersQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { LiveMark } from '../../live/LiveMark';
import { Ago } from '../../parts/Ago';
import { LoadMore } from '../../parts/LoadMore';
import { Face } from '../../parts/Person';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/States';
import classes from './chats.module.css';
import { WHICH, type Which } from './which';

interface Props {
  chats: ChatItem[] | undefined;
  query: {
    error: unknown;
    refetch: () => unknown;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => unknown;
  };
  state: Which;
  setState: (state: Which) => void;
  chosen: string | undefined;
  choose: (contactId: string) => void;
  hasSound: boolean;
  setSound: (on: boolean) => void;
}

const EMPTY = { open: 'chats.empty_open', mine: 'chats.empty_mine', all: 'chats.empty' } as const;

export function ChatList(props: Props) {
  const { chats, query, state, setState, chosen, choose, hasSound, setSound } = props;
  const t = useT();
  const soundLabel = t(hasSound ? 'chats.sound_off' : 'chats.sound_on');
  return (
    <section className={classes['list']} aria-label={t('chats.title')}>
      <Stack gap="sm" p="md" className={classes['bar']}>
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600} size="lg" aria-hidden>
            {t('chats.title')}
          </Text>
          <Group gap="xs" wrap="nowrap">
            <LiveMark />
            <Tooltip label={soundLabel}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={soundLabel}
                aria-pressed={hasSound}
                onClick={() => setSound(!hasSound)}
              >
                {hasSound ? <IconVolume size={18} /> : <IconVolumeOff size={18} />}
              </ActionIcon>
            </Tooltip>
          </Group>
        </Group>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t('chats.which')}
          data={WHICH.map((which) => ({ value: which, label: t(`chats.filter_${which}`) }))}
          value={state}
          onChange={(value) => setState(value as Which)}
        />
      </Stack>
      <div className={classes['items']}>
        {query.error !== null && !chats && <ErrorState error={query.error} retry={() => void query.refetch()} />}
        {!chats && query.error === null && <LoadingRows rows={6} height={34} />}
        {chats?.length === 0 && (
          <EmptyState icon={IconMessages} title={t(EMPTY[state])} text={t(`${EMPTY[state]}_text`)} />
        )}
        {chats?.map((chat) => (
          <ChatLine key={chat.contact_id} chat={chat} isChosen={chat.contact_id === chosen} choose={choose} />
        ))}
        <LoadMore {...query} />
      </div>
    </section>
  );
}

function ChatLine({ chat, isChosen, choose }: { chat: ChatItem; isChosen: boolean; choose: (id: string) => void }) {
  const t = useT();
  const name = chat.name || t('audience.nameless');
  const { data: members } = useQuery(membersQuery);
  const agent = members?.items.find(({ id }) => id === chat.assigned_to);
  return (
    <UnstyledButton className={classes['line']} aria-current={isChosen} onClick={() => choose(chat.contact_id)}>
      <Group wrap="nowrap" gap="sm" align="flex-start">
        <Face name={name} photo={chat.photo} size={36} />
        <Stack gap={2} flex={1} miw={0}>
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Text size="sm" fw={chat.unread > 0 ? 700 : 500} className="name" component="bdi">
              {name.slice(0, 200)}
            </Text>
            {chat.last_message && (
              <Text size="xs" c="dimmed" style={{ flex: 'none' }}>
                <Ago at={chat.last_message.at} brief />
              </Text>
            )}
          </Group>
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Text size="sm" c="dimmed" className="name">
              {chat.last_message?.direction === 'out' && '→ '}
              {chat.last_message?.text.slice(0, 160) || ' '}
            </Text>
            <Group gap={6} wrap="nowrap" style={{ flex: 'none' }}>
              {agent && (
                <Tooltip label={t('chats.with', { name: agent.name })}>
                  <span>
                    <Face name={agent.name} size={20} />
                    <VisuallyHidden>{t('chats.with', { name: agent.name })}</VisuallyHidden>
                  </span>
                </Tooltip>
              )}
              {chat.automation_paused && (
                <IconPlayerPause size={14} aria-label={t('chats.paused')} color="var(--recado-wait)" />
              )}
              {chat.unread > 0 && (
                <Badge circle={chat.unread < 10} size="sm" aria-label={t.many('chats.unread', chat.unread)}>
                  {chat.unread > 99 ? '99+' : chat.unread}
                </Badge>
              )}
            </Group>
          </Group>
        </Stack>
      </Group>
    </UnstyledButton>
  );
}
