import { Button, Menu, Text } from '@mantine/core';
import { IconCheck, IconChevronDown, IconUserCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { api, read } from '../../api/client';
import { membersQuery } from '../../api/queries';
import { sessionQuery } from '../../api/session';
import { useT } from '../../i18n';
import { useChangeContact, type Contact } from '../audience/changeContact';

/** Who looks after the chat, and who else could. */
export function AssignButton({ contact }: { contact: Contact }) {
  const t = useT();
  const { data: members } = useQuery(membersQuery);
  const { data: session } = useQuery(sessionQuery);
  const assign = useChangeContact(contact, (assignee: string | null) =>
    read(
      api.POST('/api/v1/chats/{contact_id}/assign', {
        params: { path: { contact_id: contact.id } },
        body: { assignee },
      }),
    ),
  );
  const me = session?.member.id;
  const { assignee } = contact.chat;
  const named = members?.items.find(({ id }) => id === assignee)?.name;
  const label = assignee
    ? assignee === me
      ? t('chats.assigned_to_you')
      : (named ?? t('chats.assigned'))
    : t('chats.assign');
  // Oneself comes first: to take a chat is what is done most.
  const choices = [...(members?.items ?? [])].sort((a, b) => Number(b.id === me) - Number(a.id === me));
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          rightSection={<IconChevronDown size={14} aria-hidden />}
          loading={assign.isPending}
          maw={220}
          aria-label={label}
        >
          <IconUserCheck size={14} aria-hidden />
          <Text span inherit ml={6} className="name" visibleFrom={assignee ? undefined : 'sm'}>
            {label}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('chats.assign_to')}</Menu.Label>
        {choices.map(({ id, name }) => (
          <Menu.Item
            key={id}
            onClick={() => assign.mutate(id)}
            rightSection={id === assignee ? <IconCheck size={14} aria-hidden /> : null}
          >
            {id === me ? t('chats.you', { name }) : name}
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => assign.mutate(null)} disabled={!assignee}>
          {t('chats.nobody')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
