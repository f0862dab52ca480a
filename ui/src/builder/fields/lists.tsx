import { VALUE_TYPES, type ValueType } from '../../api/kinds';
import { ActionIcon, Button, Group, Menu, Paper, Select, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../i18n';
import { type NameValue } from '../model/document';
import { changedItem, movedItem, withoutItem } from '../model/operations';
import { useField } from './form';
import { TemplateField } from './texts';

interface ItemProps {
  title: ReactNode;
  index: number;
  count: number;
  path: string;
  onMove?: (to: number) => void;
  onRemove: () => void;
  children: ReactNode;
  /** Lighter, for a list inside a list. */
  inner?: boolean;
}

/** One of several things in a form: it can be moved up and down and removed. */
export function Item({ title, index, count, path, onMove, onRemove, children, inner = false }: ItemProps) {
  const words = useWords();
  const marks = useField(path);
  return (
    <Paper
      withBorder
      radius="md"
      p={inner ? 'xs' : 'sm'}
      bg={inner ? 'transparent' : undefined}
      data-field={path}
      tabIndex={-1}
    >
      <Group justify="space-between" wrap="nowrap" mb={6} gap={4}>
        <Text size="sm" fw={600} component="div" truncate>
          {title}
        </Text>
        <Group gap={0} wrap="nowrap">
          {onMove && count > 1 && (
            <>
              <Small label={words.common.up} disabled={index === 0} onClick={() => onMove(index - 1)}>
                <IconArrowUp size={15} />
              </Small>
              <Small label={words.common.down} disabled={index === count - 1} onClick={() => onMove(index + 1)}>
                <IconArrowDown size={15} />
              </Small>
            </>
          )}
          <Small label={words.common.remove} onClick={onRemove}>
            <IconTrash size={15} />
          </Small>
        </Group>
      </Group>
      <Stack gap="xs">{children}</Stack>
      {marks.error && (
        <Text size="xs" c="var(--mantine-color-error)" mt={4}>
          {marks.error}
        </Text>
      )}
    </Paper>
  );
}

export function Small({
  label,
  onClick,
  children,
  disabled = false,
}: {
  label: string;
  onClick: () => void;
  children: ReactNode;
  disabled?: boolean;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={label}
        onClick={onClick}
        disabled={disabled}
        {...(disabled ? { bg: 'transparent' } : {})}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** An error that belongs to no single field. */
export function ListError({ path }: { path: string }) {
  const marks = useField(path);
  if (!marks.error) return null;
  return (
    <Text
      size="sm"
      c={marks['data-severity'] === 'error' ? 'var(--mantine-color-error)' : 'dimmed'}
      data-field={path}
      tabIndex={-1}
    >
      {marks.error}
    </Text>
  );
}

export function AddButton({
  children,
  onClick,
  disabled = false,
}: {
  children: ReactNode;
  onClick: () => void;
  disabled?: boolean;
}) {
  return (
    <Button
      variant="light"
      size="compact-sm"
      leftSection={<IconPlus size={14} />}
      onClick={onClick}
      disabled={disabled}
      style={{ alignSelf: 'flex-start' }}
    >
      {children}
    </Button>
  );
}

/** A button that opens a menu of what can be added. */
export function AddMenu<Kind extends string>({
  label,
  kinds,
  onAdd,
  disabled = false,
}: {
  label: string;
  kinds: readonly { kind: Kind; label: string; hint?: string; icon?: ReactNode }[];
  onAdd: (kind: Kind) => void;
  disabled?: boolean;
}) {
  return (
    <Menu position="bottom-start" withinPortal shadow="md" width={280}>
      <Menu.Target>
        <Button
          variant="light"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          disabled={disabled}
          style={{ alignSelf: 'flex-start' }}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={380} style={{ overflowY: 'auto' }}>
        {kinds.map(({ kind, label: name, hint, icon }) => (
          <Menu.Item key={kind} leftSection={icon} onClick={() => onAdd(kind)}>
            {name}
            {hint !== undefined && (
              <Text size="xs" c="dimmed">
                {hint}
              </Text>
            )}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function NameInput({ path, value, onChange }: { path: string; value: string; onChange: (value: string) => void }) {
  const words = useWords();
  const marks = useField(path);
  return (
    <TextInput
      {...marks}
      aria-label={words.common.name}
      placeholder={words.common.name}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      w="38%"
    />
  );
}

/** Names and values with templates: headers, form fields, extra fields of a webhook. */
export function NameValueRows({
  path,
  rows,
  onChange,
  add,
  most,
}: {
  path: string;
  rows: readonly NameValue[];
  onChange: (rows: NameValue[], key?: string) => void;
  add: string;
  most: number;
}) {
  const words = useWords();
  return (
    <Stack gap={6} data-field={path}>
      {rows.map((row, index) => (
        <Group key={index} gap={4} wrap="nowrap" align="flex-start">
          <NameInput
            path={`${path}[${index}].name`}
            value={row.name}
            onChange={(name) => onChange(changedItem(rows, index, { ...row, name }), `${path}[${index}].name`)}
          />
          <div style={{ flex: 1, minWidth: 0 }}>
            <TemplateField
              path={`${path}[${index}].value`}
              label=""
              placeholder={words.common.value}
              value={row.value}
              onChange={(value) => onChange(changedItem(rows, index, { ...row, value }), `${path}[${index}].value`)}
            />
          </div>
          <Group gap={0} pt={5} wrap="nowrap">
            {rows.length > 1 && (
              <Small
                label={words.common.up}
                disabled={index === 0}
                onClick={() => onChange(movedItem(rows, index, index - 1))}
              >
                <IconArrowUp size={15} />
              </Small>
            )}
            <Small label={words.common.remove} onClick={() => onChange(withoutItem(rows, index))}>
              <IconTrash size={15} />
            </Small>
          </Group>
        </Group>
      ))}
      <ListError path={path} />
      <AddButton onClick={() => onChange([...rows, { name: '', value: '' }])} disabled={rows.length >= most}>
        {add}
      </AddButton>
    </Stack>
  );
}

export function ValueTypeSelect({
  label,
  none,
  value,
  onChange,
}: {
  label: string;
  none: string;
  value: ValueType | null | undefined;
  onChange: (type: ValueType | undefined) => void;
}) {
  const words = useWords();
  return (
    <Select
      label={label}
      value={value ?? ''}
      allowDeselect={false}
      data={[
        { value: '', label: none },
        ...VALUE_TYPES.map((type) => ({ value: type, label: words.valueTypes[type] })),
      ]}
      onChange={(type) => onChange(type ? (type as ValueType) : undefined)}
    />
  );
}
