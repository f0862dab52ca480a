import { Badge, Collapse, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { LOOKS } from '../canvas/looks';
import { useWords } from '../i18n';
import type { DocumentDiff, ElementChange } from '../model/diff';
import { nameInList, outputLabel } from '../model/summary';
import { useSummaryNames } from '../names';
import classes from './panels.module.css';

const TONES = { added: 'green', removed: 'red', changed: 'yellow' } as const;

/** The value at a path such as `parts[0].text`. */
export function valueAt(thing: unknown, path: string): unknown {
  let value = thing;
  for (const key of path.split(/[.[\]]+/).filter((part) => part !== '')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '—';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function Details({ change }: { change: ElementChange }) {
  const words = useWords();
  const element = change.after ?? change.before;
  return (
    <Stack gap={6} p="xs" pl="md">
      {change.fields.map((field) => (
        <div key={field}>
          <Text size="xs" c="dimmed" ff="monospace">
            {field}
          </Text>
          <Group gap={6} align="flex-start">
            <span className={classes.diffValue} data-side="before">
              {shown(valueAt(change.before, field))}
            </span>
            <span className={classes.diffValue} data-side="after">
              {shown(valueAt(change.after, field))}
            </span>
          </Group>
        </div>
      ))}
      {element !== null &&
        change.outputs.map((output) => (
          <Text key={output} size="xs">
            {words.versions.leads(outputLabel(element, output, words))}
          </Text>
        ))}
    </Stack>
  );
}

function Row({ change, onShow }: { change: ElementChange; onShow: ((id: string) => void) | undefined }) {
  const words = useWords();
  const names = useSummaryNames();
  const [opened, setOpened] = useState(false);
  const element = change.after ?? change.before;
  if (element === null) return null;
  const { icon: Icon } = LOOKS[element.type];
  const hasDetails = change.fields.length > 0 || change.outputs.length > 0;
  return (
    <div>
      <UnstyledButton
        className={classes.diffRow}
        style={{ '--tone': `var(--mantine-color-${TONES[change.change]}-filled)` } as React.CSSProperties}
        aria-expanded={hasDetails ? opened : undefined}
        onClick={() => {
          if (hasDetails) setOpened(!opened);
          else if (change.after !== null) onShow?.(change.id);
        }}
      >
        <Icon size={16} aria-hidden style={{ flex: 'none', alignSelf: 'center' }} />
        <Text size="sm" flex={1} truncate>
          {nameInList(element, words, names)}
        </Text>
        <Badge variant="default" size="sm" tt="none" style={{ flex: 'none' }}>
          {words.versions.legend[change.change]}
        </Badge>
      </UnstyledButton>
      {hasDetails && (
        <Collapse expanded={opened}>
          <Details change={change} />
        </Collapse>
      )}
    </div>
  );
}

/** What differs, element by element. */
export function DiffList({ diff, onShow }: { diff: DocumentDiff; onShow?: (id: string) => void }) {
  const words = useWords();
  return (
    <Stack gap={4}>
      {diff.nameChanged && <Text size="sm">{words.versions.name}</Text>}
      {diff.startChanged && <Text size="sm">{words.versions.start}</Text>}
      {diff.elements.map((change) => (
        <Row key={change.id} change={change} onShow={onShow} />
      ))}
    </Stack>
  );
}
