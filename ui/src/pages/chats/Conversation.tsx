import { Box } from '@mantine/core';
import { useDocumentVisibility } from '@mantine/hooks';
import { IconMessages } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { markRead } from '../../api/chats';
import { isGone } from '../../api/problem';
import { contactQuery, messagesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useLiveRefresh } from '../../live/LiveEvents';
import { MessageBubble } from '../../messages/MessageBubble';
import { LoadMore } from '../../parts/LoadMore';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/States';
import classes from './chats.module.css';
import { Composer } from './Composer';
import { ConversationHead } from './ConversationHead';

interface Props {
  contactId: string;
  unread: number;
  back: () => void;
}

export function Conversation({ contactId, unread, back }: Props) {
  const t = useT();
  const queries = useQueryClient();
  const contact = useQuery(contactQuery(contactId));
  const messages = useInfiniteQuery(messagesQuery(contactId));
  useLiveRefresh(
    () => {
      void messages.refetch();
      void contact.refetch();
    },
    200,
    (event) => event.contact_id === contactId,
  );

  // What came after the page was read is not read yet, nor what nobody sees.
  const visibility = useDocumentVisibility();
  const shown = messages.data?.pages[0]?.items[0]?.seq;
  useEffect(() => {
    if (unread === 0 || shown === undefined || visibility !== 'visible') return;
    void markRead(contactId, shown)
      .then(() => queries.invalidateQueries({ queryKey: ['chats'] }))
      .catch(() => undefined);
  }, [contactId, unread, shown, queries, visibility]);

  if (contact.error && (!contact.data || isGone(contact.error))) {
    return (
      <Box p="lg">
        <ErrorState error={contact.error} retry={() => void contact.refetch()} />
      </Box>
    );
  }
  const items = messages.data?.pages.flatMap((page) => page.items).reverse();
  return (
    <>
      <ConversationHead contact={contact.data} back={back} />
      <div className={classes['scroll']} tabIndex={0} role="region" aria-label={t('chats.conversation')}>
        <div className={classes['messages']} aria-live="polite" aria-relevant="additions">
          <LoadMore {...messages} />
          {messages.error && !items && <ErrorState error={messages.error} retry={() => void messages.refetch()} />}
          {messages.isPending && <LoadingRows />}
          {items?.length === 0 && (
            <EmptyState icon={IconMessages} title={t('audience.no_messages')} text={t('audience.no_messages_text')} />
          )}
          {items?.map((message) => (
            <MessageBubble key={message.id} message={message} />
          ))}
        </div>
      </div>
      {contact.data && <Composer contact={contact.data} />}
    </>
  );
}
