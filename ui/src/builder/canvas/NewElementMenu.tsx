import { Menu } from '@mantine/core';
import { useReactFlow } from '@xyflow/react';
import { useEditor } from '../editor';
import { useWords } from '../i18n';
import { ELEMENT_TYPES } from '../model/document';
import { LOOKS } from './looks';

export interface NewAt {
  /** On the screen. */
  x: number;
  y: number;
  from: { from: string; output: string };
}

/** Asks which element a connection shall lead to that was let go over the empty canvas. */
export function NewElementMenu({ at, onClose, onAdded }: { at: NewAt; onClose: () => void; onAdded: () => void }) {
  const words = useWords();
  const editor = useEditor();
  const flow = useReactFlow();
  return (
    <Menu opened onClose={onClose} position="bottom-start" withinPortal shadow="md" trapFocus>
      <Menu.Target>
        <span style={{ position: 'fixed', left: at.x, top: at.y, width: 1, height: 1 }} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{words.form.newGroup}</Menu.Label>
        {ELEMENT_TYPES.map((type) => {
          const { icon: Icon, color } = LOOKS[type];
          return (
            <Menu.Item
              key={type}
              leftSection={<Icon size={18} color={`var(--mantine-color-${color}-light-color)`} />}
              onClick={() => {
                const place = flow.screenToFlowPosition({ x: at.x, y: at.y });
                editor.add(type, { x: place.x, y: place.y - 24 }, at.from);
                onAdded();
              }}
            >
              {words.types[type]}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
