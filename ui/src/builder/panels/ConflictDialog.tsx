import { Button, Group, Loader, Modal, ScrollArea, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { ErrorState } from '../../parts/States';
import type { OpenedFlow } from '../calls';
import { useEditorState } from '../editor';
import { useWords } from '../i18n';
import { diff, isSame } from '../model/diff';
import { DiffList } from './DiffList';

/** Somebody else saved the flow meanwhile: nothing is thrown away before a person chose. */
export function ConflictDialog({
  theirs,
  failed,
  onRetry,
  opened,
  onKeep,
  onTake,
}: {
  theirs: OpenedFlow | null;
  /** Why theirs could not be read. */
  failed: unknown;
  onRetry: () => void;
  opened: boolean;
  onKeep: () => void;
  onTake: () => void;
}) {
  const words = useWords();
  return (
    <Modal
      opened={opened}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={words.conflict.title}
      size="lg"
    >
      <Stack gap="md">
        <Text size="sm">{words.conflict.text}</Text>
        {theirs !== null ? (
          <Differs theirs={theirs} />
        ) : failed ? (
          <ErrorState error={failed} retry={onRetry} />
        ) : (
          <Loader size="sm" />
        )}
        <Group grow align="stretch">
          <Button variant="default" h="auto" py="xs" disabled={theirs === null} onClick={onTake}>
            <Choice title={words.conflict.theirs} hint={words.conflict.theirsHint} />
          </Button>
          <Button variant="light" h="auto" py="xs" disabled={theirs === null} onClick={onKeep}>
            <Choice title={words.conflict.mine} hint={words.conflict.mineHint} />
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Choice({ title, hint }: { title: string; hint: string }) {
  return (
    <span style={{ whiteSpace: 'normal' }}>
      <Text fw={600} span display="block">
        {title}
      </Text>
      <Text size="xs" span>
        {hint}
      </Text>
    </span>
  );
}

function Differs({ theirs }: { theirs: OpenedFlow }) {
  const words = useWords();
  const mine = useEditorState((state) => state.document);
  const differs = useMemo(() => diff(mine, theirs.document), [mine, theirs]);
  if (isSame(differs)) return <Text size="sm">{words.conflict.same}</Text>;
  return (
    <div>
      <Text size="sm" fw={600} mb={6}>
        {words.conflict.show}
      </Text>
      <ScrollArea.Autosize mah="40vh">
        <DiffList diff={differs} />
      </ScrollArea.Autosize>
    </div>
  );
}
