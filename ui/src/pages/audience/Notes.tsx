import { ActionIcon, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { notesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { Ago } from '../../parts/Ago';
import { ErrorState, LoadingRows } from '../../parts/States';

const CHARS_MAX = 4_000;

/** What the team wrote down about a contact, the newest first. */
export function Notes({ contactId }: { contactId: string }) {
  const t = useT();
  const notes = useQuery(notesQuery(contactId));
  const [edited, setEdited] = useState<string | null>(null);
  const refresh = [notesQuery(contactId).queryKey];
  const remove = useAct({
    run: (note_id: string) =>
      read(
        api.DELETE('/api/v1/contacts/{contact_id}/notes/{note_id}', {
          params: { path: { contact_id: contactId, note_id } },
        }),
      ),
    refresh,
  });
  return (
    <Stack>
      <NoteForm contactId={contactId} />
      {notes.error && <ErrorState error={notes.error} retry={() => void notes.refetch()} />}
      {notes.isPending && <LoadingRows rows={2} />}
      {notes.data?.items.map((note) =>
        edited === note.id ? (
          <NoteForm key={note.id} contactId={contactId} note={note} close={() => setEdited(null)} />
        ) : (
          <Group key={note.id} wrap="nowrap" gap="xs" align="flex-start">
            <Stack gap={2} flex={1} miw={0}>
              <Text size="sm" className="said">
                {note.text}
              </Text>
              <Text size="xs" c="dimmed">
                <bdi>{note.written_by ?? t('notes.program')}</bdi> · <Ago at={note.at} />
              </Text>
            </Stack>
            <ActionIcon variant="subtle" color="gray" aria-label={t('notes.edit')} onClick={() => setEdited(note.id)}>
              <IconPencil size={16} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('notes.delete')}
              disabled={remove.isPending}
              onClick={() => remove.mutate(note.id)}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ),
      )}
    </Stack>
  );
}

function NoteForm({ contactId, note, close }: { contactId: string; note?: Schemas['NoteView']; close?: () => void }) {
  const t = useT();
  const [text, setText] = useState(note?.text ?? '');
  const save = useAct({
    run: () => {
      const body = { text: text.trim() };
      const path = { contact_id: contactId };
      return note
        ? read(
            api.PATCH('/api/v1/contacts/{contact_id}/notes/{note_id}', {
              params: { path: { ...path, note_id: note.id } },
              body,
            }),
          )
        : read(api.POST('/api/v1/contacts/{contact_id}/notes', { params: { path }, body }));
    },
    refresh: [notesQuery(contactId).queryKey],
    then: () => (close ? close() : setText('')),
    quietError: true,
  });
  const { byField } = fieldErrors(save.error, ['text'], t);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="xs">
        <Textarea
          aria-label={note ? t('notes.edit') : t('notes.write')}
          placeholder={t('notes.write')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={byField['text']}
          maxLength={CHARS_MAX}
          autosize
          minRows={note ? 2 : 1}
          maxRows={10}
          autoFocus={note !== undefined}
        />
        {save.error && !byField['text'] && <ErrorState error={save.error} />}
        {(note ?? text.trim()) && (
          <Group gap="xs">
            <Button type="submit" size="xs" variant="default" loading={save.isPending} disabled={!text.trim()}>
              {t(note ? 'do.save' : 'notes.add')}
            </Button>
            {close && (
              <Button size="xs" variant="subtle" color="gray" onClick={close}>
                {t('do.cancel')}
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </form>
  );
}
