import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, read, type Schemas } from '../../api/client';
import { fieldErrors } from '../../api/problem';
import { repliesQuery } from '../../api/queries';
import { useT } from '../../i18n';
import { useAct } from '../../parts/act';
import { ErrorState } from '../../parts/States';

interface Props {
  botId: string;
  /** The reply that is changed; left out, a new one. */
  reply?: Schemas['Reply'];
  /** What a new one begins with. */
  text?: string;
  close: () => void;
}

/** Makes a saved reply, or changes one. */
export function ReplyForm({ botId, reply, text: begun = '', close }: Props) {
  const t = useT();
  const [name, setName] = useState(reply?.name ?? '');
  const [text, setText] = useState(reply?.text ?? begun);
  const path = { bot_id: botId };
  const save = useAct({
    run: () => {
      const body = { name: name.trim(), text: text.trim() };
      return reply
        ? read(api.PUT('/api/v1/bots/{bot_id}/replies', { params: { path, query: { name: reply.name } }, body }))
        : read(api.POST('/api/v1/bots/{bot_id}/replies', { params: { path }, body }));
    },
    refresh: [repliesQuery(botId).queryKey],
    then: close,
    quietError: true,
  });
  const { byField } = fieldErrors(save.error, ['name', 'text'], t);
  return (
    <Modal
      opened
      onClose={close}
      title={t(reply ? 'replies.change' : 'replies.new')}
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('bots.name')}
            description={t('replies.name_text')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={byField['name']}
            maxLength={64}
            data-autofocus
          />
          <Textarea
            label={t('replies.text')}
            description={t('replies.text_text', { placeholder: '{{first_name}}' })}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={byField['text']}
            maxLength={4_000}
            autosize
            minRows={3}
            maxRows={12}
          />
          {save.error && Object.keys(byField).length === 0 && <ErrorState error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('do.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!name.trim() || !text.trim()}>
              {t('do.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
