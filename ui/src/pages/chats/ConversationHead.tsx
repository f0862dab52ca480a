import { ActionIcon, Anchor, Button, Drawer, Group, Menu, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconArrowLeft,
  IconCheck,
  IconChevronDown,
  IconMessageForward,
  IconNote,
  IconPlayerPause,
  IconPlayerPlay,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, read } from '../../api/client';
import { notesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useFormats } from '../../i18n/format';
import { Face } from '../../parts/Person';
import { ContactStatus } from '../audience/ContactStatus';
import { useChangeContact, type Contact } from '../audience/changeContact';
import { Notes } from '../audience/Notes';
import { AssignButton } from './AssignButton';
import classes from './chats.module.css';

const HOUR_MS = 3_600_000;
const PAUSES_H = [1, 3, 24] as const;

export function ConversationHead({ contact, back }: { contact: Contact | undefined; back: () => void }) {
  const t = useT();
  return (
    <Group className={classes['head']} justify="space-between" gap="sm">
      <Group gap="sm" wrap="nowrap" miw={0} flex="1 1 220px">
        <ActionIcon
          variant="subtle"
          color="gray"
          className={classes['back'] ?? ''}
          aria-label={t('do.back')}
          onClick={back}
        >
          <IconArrowLeft size={18} />
        </ActionIcon>
        {contact ? <Who contact={contact} /> : <Skeleton height={36} width={200} />}
      </Group>
      {contact && (
        <Group gap="xs">
          <NotesButton contact={contact} />
          <AssignButton contact={contact} />
          <PauseButton contact={contact} />
          <OpenButton contact={contact} />
        </Group>
      )}
    </Group>
  );
}

function Who({ contact }: { contact: Contact }) {
  const t = useT();
  const name = contact.profile.name || t('audience.nameless');
  return (
    <>
      <Face name={name} photo={contact.profile.photo} size={36} />
      <Stack gap={0} miw={0}>
        <Anchor
          size="sm"
          fw={600}
          c="var(--mantine-color-text)"
          className="name"
          display="block"
          renderRoot={(props) => (
            <Link
              to="/bots/$botId/audience/$contactId"
              params={{ botId: contact.bot_id, contactId: contact.id }}
              {...props}
            />
          )}
        >
          {name}
        </Anchor>
        <Group gap="sm" wrap="nowrap">
          <ContactStatus status={contact.status} />
          <Text size="sm" c="dimmed">
            {t(contact.chat.open ? 'chats.open' : 'chats.closed')}
          </Text>
        </Group>
      </Stack>
    </>
  );
}

/** Notes beside the chat: what a colleague should know is where it is needed. */
function NotesButton({ contact }: { contact: Contact }) {
  const t = useT();
  const [isOpen, drawer] = useDisclosure();
  const { data: notes } = useQuery(notesQuery(contact.id));
  const count = notes?.items.length ?? 0;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={drawer.open}
        aria-label={count > 0 ? t.many('notes.count', count) : t('notes.title')}
      >
        <IconNote size={14} aria-hidden />
        {count > 0 && (
          <Text span inherit ml={6}>
            {count}
          </Text>
        )}
        {count === 0 && (
          <Text span inherit ml={6} visibleFrom="sm">
            {t('notes.title')}
          </Text>
        )}
      </Button>
      <Drawer
        opened={isOpen}
        onClose={drawer.close}
        position="right"
        size={380}
        title={t('notes.title')}
        closeButtonProps={{ 'aria-label': t('do.close') }}
      >
        <Notes contactId={contact.id} />
      </Drawer>
    </>
  );
}

function OpenButton({ contact }: { contact: Contact }) {
  const t = useT();
  const path = { contact_id: contact.id };
  const open = useChangeContact(contact, () =>
    read(api.POST('/api/v1/chats/{contact_id}/open', { params: { path }, body: {} })),
  );
  const close = useChangeContact(contact, () =>
    read(api.POST('/api/v1/chats/{contact_id}/close', { params: { path } })),
  );
  return contact.chat.open ? (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconCheck size={14} aria-hidden />}
      loading={close.isPending}
      onClick={() => close.mutate(undefined)}
    >
      {t('chats.close')}
    </Button>
  ) : (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconMessageForward size={14} aria-hidden />}
      loading={open.isPending}
      onClick={() => open.mutate(undefined)}
    >
      {t('chats.reopen')}
    </Button>
  );
}

function PauseButton({ contact }: { contact: Contact }) {
  const t = useT();
  const formats = useFormats();
  const path = { contact_id: contact.id };
  const pause = useChangeContact(contact, (hours: number | null) =>
    read(
      api.POST('/api/v1/chats/{contact_id}/pause', {
        params: { path },
        body: hours === null ? {} : { until: new Date(Date.now() + hours * HOUR_MS).toISOString() },
      }),
    ),
  );
  const resume = useChangeContact(contact, () =>
    read(api.POST('/api/v1/chats/{contact_id}/resume', { params: { path } })),
  );
  const paused = contact.automation_paused;
  if (paused) {
    return (
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPlayerPlay size={14} aria-hidden />}
        loading={resume.isPending}
        onClick={() => resume.mutate(undefined)}
        title={paused.until ? t('chats.paused_until', { when: formats.full(paused.until) }) : t('chats.paused')}
      >
        {t('chats.resume')}
        {paused.until && (
          <Text span inherit visibleFrom="sm" ml={4}>
            ({t('chats.until', { when: formats.brief(paused.until) })})
          </Text>
        )}
      </Button>
    );
  }
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerPause size={14} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          loading={pause.isPending}
        >
          {t('chats.pause')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('chats.pause_for')}</Menu.Label>
        {PAUSES_H.map((hours) => (
          <Menu.Item key={hours} onClick={() => pause.mutate(hours)}>
            {t.many('triggers.hours', hours)}
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => pause.mutate(null)}>{t('chats.until_closed')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
