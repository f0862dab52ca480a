import { Autocomplete, Button, Group, Modal, Stack } from '@mantine/core';
import { useState } from 'react';
import { fieldErrors } from '../../api/problem';
import { useT } from '../../i18n';
import { ErrorState } from '../../parts/States';

const CHARS_MAX = 64;

interface Props {
  opened: boolean;
  close: () => void;
  /** Where the flow is now. */
  initial: string | null;
  folders: readonly string[];
  save: (folder: string | null) => void;
  busy: boolean;
  error: unknown;
}

/** Asks for the folder of a flow: one that is there, a new one, or none. */
export function FolderModal(props: Props) {
  const t = useT();
  return (
    <Modal
      opened={props.opened}
      onClose={props.close}
      title={t('flows.move_title')}
      closeButtonProps={{ 'aria-label': t('do.close') }}
    >
      <FolderForm {...props} />
    </Modal>
  );
}

function FolderForm({ close, initial, folders, save, busy, error }: Props) {
  const t = useT();
  const [name, setName] = useState(initial ?? '');
  const problem = fieldErrors(error, ['folder'], t).byField['folder'];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save(name.trim() || null);
      }}
    >
      <Stack>
        <Autocomplete
          label={t('flows.folder')}
          description={t('flows.folder_text')}
          data={[...folders]}
          value={name}
          onChange={setName}
          error={problem}
          maxLength={CHARS_MAX}
          comboboxProps={{ withinPortal: true }}
          data-autofocus
        />
        {Boolean(error) && !problem && <ErrorState error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('do.cancel')}
          </Button>
          <Button type="submit" loading={busy} disabled={(name.trim() || null) === initial}>
            {t('flows.move')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
