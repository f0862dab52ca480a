import { ActionIcon, Group, Text, Textarea } from '@mantine/core';
import { IconSend2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, read } from '../../api/client';
import { onceKey } from '../../api/once';
import { botQuery, messagesQuery } from '../../api/queries';
import { tellProblem } from '../../api/problem';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import type { Contact } from '../audience/changeContact';
import classes from './chats.module.css';
import { Replies, useReplies } from './Replies';

const CHARS_MAX = 4_000;

/** Answers as a person. What could not be sent stays in the field. */
export function Composer({ contact }: { contact: Contact }) {
  const t = useT();
  const { data: bot } = useQuery(botQuery(contact.bot_id));
  const [text, setText] = useState('');
  // The same key for the same text until it was sent: a press that is repeated after a lost answer says it once.
  const tried = useRef({ text: '', key: onceKey() });
  const send = useAct({
    run: (said: string) =>
      read(
        api.POST('/api/v1/chats/{contact_id}/messages', {
          params: { path: { contact_id: contact.id } },
          body: { text: said },
          headers: { 'idempotency-key': tried.current.key },
        }),
      ),
    refresh: [['contact', contact.id], ['chats'], messagesQuery(contact.id).queryKey],
    then: () => {
      tried.current = { text: '', key: onceKey() };
      setText('');
    },
    quietError: true,
  });
  const replies = useReplies();
  const field = useRef<HTMLTextAreaElement>(null);
  // Behind what is written already: an answer may be made of several.
  const insert = (reply: string) => {
    setText((before) => (before.trim() ? `${before.trimEnd()}\n${reply}` : reply).slice(0, CHARS_MAX));
    setTimeout(() => field.current?.focus());
  };
  const isReachable = contact.status === 'active' || contact.status === null || contact.status === undefined;
  const submit = () => {
    const said = text.trim();
    if (!said || send.isPending) return;
    if (tried.current.text !== said) tried.current = { text: said, key: onceKey() };
    send.mutate(said);
  };
  if (!isReachable) {
    return (
      <Text className={classes['composer'] ?? ''} size="sm" c="dimmed">
        {t('problem.contact_not_active')}
      </Text>
    );
  }
  const pauses = bot?.settings.agent_pause_min ?? 60;
  return (
    <div className={classes['composer']}>
      <Group gap="xs" wrap="nowrap" align="flex-end">
        <Replies contact={contact} store={replies} text={text} insert={insert} />
        <form
          className={classes['answer']}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Textarea
            ref={field}
            aria-label={t('chats.answer')}
            placeholder={t('chats.answer')}
            value={text}
            onChange={(event) => {
              if (send.error) send.reset();
              setText(event.currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key === '/' && text === '') {
                event.preventDefault();
                replies.openDropdown();
              }
              if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
                event.preventDefault();
                submit();
              }
            }}
            maxLength={CHARS_MAX}
            autosize
            minRows={1}
            maxRows={8}
            flex={1}
            error={send.error ? tellProblem(send.error, t).title : null}
          />
          <ActionIcon
            type="submit"
            size={36}
            aria-label={t('chats.send')}
            loading={send.isPending}
            disabled={!text.trim()}
          >
            <IconSend2 size={18} />
          </ActionIcon>
        </form>
      </Group>
      <Text size="xs" c="dimmed" mt={6}>
        {t('chats.keys')}
        {!contact.automation_paused && pauses > 0 && ` ${t.many('chats.pauses', pauses)}`}
      </Text>
    </div>
  );
}
