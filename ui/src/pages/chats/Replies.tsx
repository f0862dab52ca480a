import {
  ActionIcon,
  Button,
  Combobox,
  Divider,
  Stack,
  Text,
  Tooltip,
  useCombobox,
  type ComboboxStore,
} from '@mantine/core';
import { IconBookmark } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { repliesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import type { Contact } from '../audience/changeContact';
import { fill } from './fill';
import { ReplyForm } from './ReplyForm';
import { RepliesDialog } from './RepliesDialog';

/** The list of saved replies, and what opens it from the field. */
export function useReplies(): ComboboxStore {
  const store: ComboboxStore = useCombobox({
    onDropdownClose: () => {
      store.resetSelectedOption();
      store.focusTarget();
    },
    onDropdownOpen: () => store.focusSearchInput(),
  });
  return store;
}

interface Props {
  contact: Contact;
  store: ComboboxStore;
  /** What is being written. */
  text: string;
  insert: (text: string) => void;
}

/** Saved replies: one is searched and put into the field, as it is for this contact. */
export function Replies({ contact, store, text, insert }: Props) {
  const t = useT();
  const { data } = useQuery(repliesQuery(contact.bot_id));
  const [words, setWords] = useState('');
  const [isSaving, setSaving] = useState(false);
  const [isManaging, setManaging] = useState(false);
  const wanted = words.trim().toLowerCase();
  const shown = (data?.items ?? []).filter((reply) => `${reply.name}\n${reply.text}`.toLowerCase().includes(wanted));
  const leaveTo = (open: (is: boolean) => void) => {
    store.closeDropdown();
    open(true);
  };
  return (
    <>
      <Combobox
        store={store}
        width={340}
        position="top-start"
        shadow="md"
        onOptionSubmit={(name) => {
          const reply = data?.items.find((one) => one.name === name);
          if (reply) insert(fill(reply.text, contact));
          setWords('');
          store.closeDropdown();
        }}
      >
        <Combobox.Target targetType="button">
          <Tooltip label={t('replies.title')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              aria-label={t('replies.title')}
              onClick={() => store.toggleDropdown()}
            >
              <IconBookmark size={18} />
            </ActionIcon>
          </Tooltip>
        </Combobox.Target>
        <Combobox.Dropdown>
          <section aria-label={t('replies.title')}>
            <Combobox.Search
              aria-label={t('replies.search')}
              placeholder={t('replies.search')}
              value={words}
              onChange={(event) => {
                setWords(event.currentTarget.value);
                store.selectFirstOption();
              }}
            />
            <Combobox.Options mah={260} style={{ overflowY: 'auto' }} aria-label={t('replies.title')}>
              {shown.map((reply) => (
                <Combobox.Option key={reply.name} value={reply.name}>
                  <Text size="sm" fw={500} className="name" component="bdi" display="block">
                    {reply.name}
                  </Text>
                  <Text size="xs" lineClamp={2} className="said">
                    {reply.text.slice(0, 200)}
                  </Text>
                </Combobox.Option>
              ))}
              {shown.length === 0 && (
                <Combobox.Empty>{t(data?.items.length === 0 ? 'replies.empty' : 'replies.none_found')}</Combobox.Empty>
              )}
            </Combobox.Options>
            <Divider my={4} />
            <Stack gap={2}>
              <Button
                variant="subtle"
                size="xs"
                justify="flex-start"
                disabled={!text.trim()}
                onClick={() => leaveTo(setSaving)}
              >
                {t('replies.save_this')}
              </Button>
              <Button variant="subtle" size="xs" justify="flex-start" onClick={() => leaveTo(setManaging)}>
                {t('replies.manage')}
              </Button>
            </Stack>
          </section>
        </Combobox.Dropdown>
      </Combobox>
      {isSaving && <ReplyForm botId={contact.bot_id} text={text} close={() => setSaving(false)} />}
      {isManaging && <RepliesDialog botId={contact.bot_id} close={() => setManaging(false)} />}
    </>
  );
}
