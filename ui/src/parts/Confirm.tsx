import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useT } from '../i18n';
import { ErrorState } from './States';

export interface ConfirmProps {
  opened: boolean;
  close: () => void;
  title: string;
  text: ReactNode;
  /** What the button says: the deed itself, not "OK". */
  deed: string;
  act: () => void;
  busy?: boolean;
  error?: unknown;
  /** A word that must be typed before something that can not be undone. */
  word?: string;
}

export function Confirm({ opened, close, title, text, deed, act, busy, error, word }: ConfirmProps) {
  const t = useT();
  const [typed, setTyped] = useState('');
  const leave = () => {
    setTyped('');
    close();
  };
  return (
    <Modal opened={opened} onClose={leave} title={title} closeButtonProps={{ 'aria-label': t('do.close') }}>
      <Stack>
        <Text size="sm" component="div" className="said">
          {text}
        </Text>
        {word && (
          <TextInput
            label={t('confirm.type', { word })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
        )}
        {Boolean(error) && <ErrorState error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={leave}>
            {t('do.cancel')}
          </Button>
          <Button
            color="red.8"
            onClick={act}
            loading={busy ?? false}
            disabled={word !== undefined && typed.trim() !== word}
          >
            {deed}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
