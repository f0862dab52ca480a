import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconDots,
  IconMessages,
  IconPlayerPlay,
  IconTrash,
  IconUserCheck,
  IconUserMinus,
  IconUserOff,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, read } from '../../api/client';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Confirm } from '../../parts/Confirm';
import { useChangeContact, type Contact } from './changeContact';
import { StartFlowModal } from './StartFlowModal';

export function ContactActions({ contact }: { contact: Contact }) {
  const t = useT();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isStarting, starting] = useDisclosure();
  const [isErasing, erasing] = useDisclosure();
  const path = { contact_id: contact.id };
  const subscribe = useChangeContact(
    contact,
    () => read(api.POST('/api/v1/contacts/{contact_id}/subscribe', { params: { path } })),
    t('audience.subscribed'),
  );
  const unsubscribe = useChangeContact(
    contact,
    () => read(api.POST('/api/v1/contacts/{contact_id}/unsubscribe', { params: { path } })),
    t('audience.unsubscribed'),
  );
  const disable = useChangeContact(contact, (disabled: boolean) =>
    read(api.POST('/api/v1/contacts/{contact_id}/disable', { params: { path }, body: { disabled } })),
  );
  const erase = useAct({
    run: () => read(api.DELETE('/api/v1/contacts/{contact_id}', { params: { path } })),
    refresh: [['contacts'], ['chats']],
    done: t('audience.erased'),
    then: () => {
      void navigate({ to: '/bots/$botId/audience', params: { botId: contact.bot_id } });
      queries.removeQueries({ queryKey: ['contact', contact.id] });
    },
    quietError: true,
  });
  const isActive = contact.status === 'active';
  const isDisabled = contact.status === 'disabled';
  return (
    <Group gap="xs">
      <Button
        variant="default"
        leftSection={<IconMessages size={16} aria-hidden />}
        renderRoot={(props) => (
          <Link
            to="/bots/$botId/chats"
            params={{ botId: contact.bot_id }}
            search={{ contact: contact.id, state: 'all' }}
            {...props}
          />
        )}
      >
        {t('audience.to_chat')}
      </Button>
      <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={starting.open} disabled={!isActive}>
        {t('audience.start_flow')}
      </Button>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t('do.open_menu')}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {isActive ? (
            <Menu.Item
              leftSection={<IconUserMinus size={16} aria-hidden />}
              onClick={() => unsubscribe.mutate(undefined)}
            >
              {t('audience.unsubscribe')}
            </Menu.Item>
          ) : (
            <Menu.Item
              leftSection={<IconUserCheck size={16} aria-hidden />}
              onClick={() => subscribe.mutate(undefined)}
            >
              {t('audience.subscribe')}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconUserOff size={16} aria-hidden />} onClick={() => disable.mutate(!isDisabled)}>
            {t(isDisabled ? 'audience.enable' : 'audience.disable')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item c="var(--recado-bad)" leftSection={<IconTrash size={16} aria-hidden />} onClick={erasing.open}>
            {t('audience.erase')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isStarting && <StartFlowModal contact={contact} close={starting.close} />}
      <Confirm
        opened={isErasing}
        close={erasing.close}
        title={t('audience.erase_title')}
        text={t('audience.erase_text')}
        deed={t('audience.erase')}
        act={() => erase.mutate()}
        busy={erase.isPending}
        error={erase.error}
        word={t('confirm.word')}
      />
    </Group>
  );
}
