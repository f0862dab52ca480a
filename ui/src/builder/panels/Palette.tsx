import { Text, ThemeIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { useReactFlow } from '@xyflow/react';
import { placeForNew } from '../canvas/keys';
import { DRAG_TYPE, LOOKS } from '../canvas/looks';
import { useEditor } from '../editor';
import { useWords } from '../i18n';
import { ELEMENT_TYPES } from '../model/document';
import classes from './panels.module.css';

/** The seven elements: dragged onto the canvas, or chosen to be added. */
export function Palette({ onAdded, bare = false }: { onAdded: () => void; bare?: boolean }) {
  const words = useWords();
  const editor = useEditor();
  const flow = useReactFlow();
  const items = ELEMENT_TYPES.map((type, index) => {
    const { icon: Icon, color } = LOOKS[type];
    return (
      <Tooltip key={type} label={`${words.typeHints[type]} (${index + 1})`} position="right" openDelay={500}>
        <UnstyledButton
          className={classes.paletteItem}
          draggable
          onDragStart={(event) => {
            event.dataTransfer.setData(DRAG_TYPE, type);
            event.dataTransfer.effectAllowed = 'copy';
          }}
          onClick={() => {
            const id = editor.add(type, placeForNew(editor, flow));
            if (id === null) return;
            onAdded();
            editor.jumpTo(id);
          }}
        >
          <ThemeIcon variant="light" color={color} size="md">
            <Icon size={16} aria-hidden />
          </ThemeIcon>
          <Text size="sm" fw={500}>
            {words.types[type]}
          </Text>
        </UnstyledButton>
      </Tooltip>
    );
  });
  if (bare)
    return (
      <div style={{ display: 'grid', gap: 8, gridTemplateColumns: 'repeat(auto-fill, minmax(150px, 1fr))' }}>
        {items}
      </div>
    );
  return (
    <nav className={classes.palette} aria-label={words.page.palette}>
      <Text size="xs" fw={600} c="dimmed">
        {words.page.elements}
      </Text>
      {items}
    </nav>
  );
}
