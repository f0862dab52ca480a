import { Modal, ScrollArea, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { LOOKS } from '../canvas/looks';
import { useEditor, useEditorState } from '../editor';
import { useWords } from '../i18n';
import { search } from '../model/search';
import { nameInList, summary } from '../model/summary';
import { useSummaryNames } from '../names';
import classes from './panels.module.css';

/** Finds elements by any word, and jumps. */
export function SearchBox({ opened, onClose, onJump }: { opened: boolean; onClose: () => void; onJump: () => void }) {
  const words = useWords();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.page.search}
      size="lg"
      yOffset="8vh"
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      {opened && <Found onClose={onClose} onJump={onJump} />}
    </Modal>
  );
}

function Found({ onClose, onJump }: { onClose: () => void; onJump: () => void }) {
  const words = useWords();
  const editor = useEditor();
  const names = useSummaryNames();
  const document = useEditorState((state) => state.document);
  const [query, setQuery] = useState('');
  const found = useMemo(
    () => (query.trim() === '' ? document.elements.slice(0, 50) : search(document, query)),
    [document, query],
  );
  const jump = (id: string) => {
    onClose();
    onJump();
    // After the dialog gave the focus back.
    setTimeout(() => editor.jumpTo(id), 50);
  };
  return (
    <Stack gap="xs">
      <TextInput
        data-autofocus
        aria-label={words.page.search}
        placeholder={words.page.searchHint}
        leftSection={<IconSearch size={16} />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          const first = found[0];
          if (event.key === 'Enter' && first !== undefined) jump(first.id);
        }}
      />
      <ScrollArea.Autosize mah="50vh">
        {found.length === 0 && (
          <Text size="sm" c="dimmed" p="sm">
            {words.page.nothingFound}
          </Text>
        )}
        {found.map((element) => {
          const { icon: Icon, color } = LOOKS[element.type];
          const second = summary(element, words, names)
            .map((line) => line.text)
            .join(' · ');
          return (
            <UnstyledButton key={element.id} className={classes.problem} onClick={() => jump(element.id)}>
              <Icon
                size={18}
                color={`var(--mantine-color-${color}-light-color)`}
                style={{ flex: 'none' }}
                aria-hidden
              />
              <div style={{ minWidth: 0 }}>
                <Text size="sm" fw={500} truncate>
                  {nameInList(element, words, names)}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {second}
                </Text>
              </div>
            </UnstyledButton>
          );
        })}
      </ScrollArea.Autosize>
    </Stack>
  );
}
