import { VisuallyHidden } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconMessages } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { listChats } from '../../api/chats';
import { nextCursor } from '../../api/queries';
import { sessionQuery } from '../../api/session';
import { useT } from '../../i18n';
import { useLiveEvent, useLiveRefresh } from '../../live/LiveEvents';
import { EmptyState } from '../../parts/States';
import { ChatList } from './ChatList';
import classes from './chats.module.css';
import { Conversation } from './Conversation';
import { ring, useSound } from './sound';
import { WHICH } from './which';

const CHAT_EVENTS = ['new_subscriber', 'incoming_message', 'outgoing_message', 'open_chat', 'unsubscribe', 'bot_block'];

export default function ChatsPage() {
  const t = useT();
  const { botId } = useParams({ from: '/app/bots/$botId/chats' });
  const { contact, state: wanted } = useSearch({ from: '/app/bots/$botId/chats' });
  const navigate = useNavigate({ from: '/bots/$botId/chats' });
  const state = WHICH.find((one) => one === wanted) ?? 'open';
  const { data: session } = useQuery(sessionQuery);
  const [hasSound, setSound] = useSound();
  const chats = useInfiniteQuery({
    queryKey: ['chats', botId, state === 'all' ? 'all' : 'open'],
    queryFn: ({ pageParam }) => listChats(botId, state === 'all' ? 'all' : 'open', pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
    refetchInterval: 30_000,
  });
  useLiveRefresh(
    () => void chats.refetch(),
    500,
    ({ event }) => CHAT_EVENTS.includes(event),
  );
  useLiveEvent(({ event }) => {
    if (hasSound && event === 'incoming_message') ring();
  });
  const listed = chats.data?.pages.flatMap((page) => page.items);
  const me = session?.member.id;
  const items = state === 'mine' ? listed?.filter((chat) => chat.assigned_to === me) : listed;
  const unread = items?.reduce((sum, chat) => sum + chat.unread, 0) ?? 0;
  useDocumentTitle(`${unread > 0 ? `(${unread}) ` : ''}${t('chats.title')} · Recado`);
  return (
    <div className={`${classes['page']} ${contact ? classes['talking'] : ''}`}>
      <VisuallyHidden component="h1">{t('chats.title')}</VisuallyHidden>
      <ChatList
        chats={items}
        query={chats}
        state={state}
        chosen={contact}
        setState={(next) => void navigate({ search: (before) => ({ ...before, state: next }), replace: true })}
        choose={(id) => void navigate({ search: (before) => ({ ...before, contact: id }) })}
        hasSound={hasSound}
        setSound={setSound}
      />
      <div className={classes['conversation']}>
        {contact ? (
          <Conversation
            key={contact}
            contactId={contact}
            unread={listed?.find((chat) => chat.contact_id === contact)?.unread ?? 0}
            back={() => void navigate({ search: (before) => ({ ...before, contact: undefined }) })}
          />
        ) : (
          <EmptyState icon={IconMessages} title={t('chats.choose')} text={t('chats.choose_text')} />
        )}
      </div>
    </div>
  );
}
