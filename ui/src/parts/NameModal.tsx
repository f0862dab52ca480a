import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { fieldErrors } from '../api/problem';
import { useT } from '../i18n';
import { ErrorState } from './States';

interface Props {
  opened: boolean;
  close: () => void;
  title: string;
  deed: string;
  /** What becomes of it. */
  text?: string;
  initial?: string;
  /** What the name is called in a refusal. */
  field?: string;
  max?: number;
  save: (name: string) => void;
  busy: boolean;
  error: unknown;
}

/** Asks for one name. */
export function NameModal(props: Props) {
  const t = useT();
  return (
    <Modal
      opened={props.opened}
      onClose={props.close}
      title={props.title}
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <NameForm {...props} />
    </Modal>
  );
}

function NameForm({ close, deed, text, initial = '', field = 'name', max = 128, save, busy, error }: Props) {
  const t = useT();
  const [name, setName] = useState(initial);
  const problem = fieldErrors(error, [field], t).byField[field];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save(name.trim());
      }}
    >
      <Stack>
        <TextInput
          label={t('bots.name')}
          description={text}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={problem}
          maxLength={max}
          data-autofocus
        />
        {Boolean(error) && !problem && <ErrorState error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('do.cancel')}
          </Button>
          <Button type="submit" loading={busy} disabled={!name.trim()}>
            {deed}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
