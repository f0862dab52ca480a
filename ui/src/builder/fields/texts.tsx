import { ActionIcon, Autocomplete, Group, Text, Textarea, TextInput, Tooltip } from '@mantine/core';
import { IconBold, IconItalic, IconLink } from '@tabler/icons-react';
import { useRef, type ReactNode } from 'react';
import { useWords } from '../i18n';
import { useField } from './form';
import { useTags, useVariables, useWebhookTitles } from './names';
import { VariablePicker } from './VariablePicker';

interface TextProps {
  path: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  description?: ReactNode;
  placeholder?: string;
  /** Counted under the field, and the colour changes past it; the server judges. */
  most?: number;
  required?: boolean;
}

interface TemplateProps extends TextProps {
  lines?: number;
  /** Offers bold, italic and link. */
  markup?: boolean;
  mono?: boolean;
  /** Further names, such as `item` in a card made from a list. */
  extra?: readonly string[];
  withoutVariables?: boolean;
}

type Field = HTMLInputElement | HTMLTextAreaElement;

function Count({ value, most }: { value: string; most: number }) {
  const words = useWords();
  const length = [...value].length;
  if (length < most * 0.8 || value.includes('{{')) return null;
  return (
    <Text size="xs" c={length > most ? 'var(--mantine-color-error)' : 'dimmed'} ta="right">
      {words.form.chars(length, most)}
    </Text>
  );
}

/** A text with templates: a variable is put in where the cursor stands. */
export function TemplateField({
  path,
  label,
  value,
  onChange,
  description,
  placeholder,
  most,
  required,
  lines,
  markup = false,
  mono = false,
  extra = [],
  withoutVariables = false,
}: TemplateProps) {
  const words = useWords();
  const marks = useField(path);
  const field = useRef<Field>(null);

  const wrap = (before: string, after: string, filler: string) => {
    const input = field.current;
    const from = input?.selectionStart ?? value.length;
    const to = input?.selectionEnd ?? from;
    const inside = value.slice(from, to) || filler;
    onChange(value.slice(0, from) + before + inside + after + value.slice(to));
    const start = from + before.length;
    requestAnimationFrame(() => {
      input?.focus();
      input?.setSelectionRange(start, start + inside.length);
    });
  };

  const tools = (
    <Group gap={2} wrap="nowrap">
      {markup && (
        <>
          <Tool label={words.message.bold} onClick={() => wrap('**', '**', words.message.bold)}>
            <IconBold size={16} />
          </Tool>
          <Tool label={words.message.italic} onClick={() => wrap('_', '_', words.message.italic)}>
            <IconItalic size={16} />
          </Tool>
          <Tool label={words.message.link} onClick={() => wrap('[', '](https://)', words.message.link)}>
            <IconLink size={16} />
          </Tool>
        </>
      )}
      {!withoutVariables && <VariablePicker onPick={(text) => wrap(text, '', '')} extra={extra} />}
    </Group>
  );

  const shared = {
    ...marks,
    label: label === '' ? undefined : label,
    'aria-label': label === '' ? placeholder : undefined,
    value,
    description,
    placeholder,
    withAsterisk: required ?? false,
    styles: mono ? { input: { fontFamily: 'var(--mantine-font-family-monospace)' } } : undefined,
  };
  return (
    <div>
      {lines === undefined ? (
        <TextInput
          {...shared}
          ref={field as React.RefObject<HTMLInputElement>}
          onChange={(event) => onChange(event.currentTarget.value)}
          rightSection={withoutVariables ? undefined : tools}
        />
      ) : (
        <Textarea
          {...shared}
          ref={field as React.RefObject<HTMLTextAreaElement>}
          onChange={(event) => onChange(event.currentTarget.value)}
          autosize
          minRows={lines}
          maxRows={14}
          inputContainer={(children) => (
            <div>
              {children}
              <Group justify="flex-end" mt={2}>
                {tools}
              </Group>
            </div>
          )}
        />
      )}
      {most !== undefined && <Count value={value} most={most} />}
    </div>
  );
}

function Tool({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** A text without templates. */
export function PlainField({ path, label, value, onChange, description, placeholder, most, required }: TextProps) {
  const marks = useField(path);
  return (
    <div>
      <TextInput
        {...marks}
        label={label}
        value={value}
        description={description}
        placeholder={placeholder}
        withAsterisk={required ?? false}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {most !== undefined && <Count value={value} most={most} />}
    </div>
  );
}

interface NameProps extends TextProps {
  options: readonly string[];
}

/** A name that is typed or picked from those that are known. */
function NameField({ path, label, value, onChange, description, placeholder, required, options, most }: NameProps) {
  const marks = useField(path);
  return (
    <div>
      <Autocomplete
        {...marks}
        label={label}
        value={value}
        onChange={onChange}
        data={options.slice(0, 500)}
        limit={60}
        description={description}
        placeholder={placeholder}
        withAsterisk={required ?? false}
        comboboxProps={{ withinPortal: true }}
        maxDropdownHeight={240}
      />
      {most !== undefined && <Count value={value} most={most} />}
    </div>
  );
}

/** The name of a variable; with `$` in front it is the bot's. */
export function VariableName(props: TextProps & { withoutBot?: boolean }) {
  const variables = useVariables();
  const options = [...variables.keys()].filter((name) => !props.withoutBot || !name.startsWith('$'));
  return <NameField {...props} options={options} />;
}

export function TagName(props: TextProps) {
  return <NameField {...props} options={useTags()} most={32} />;
}

export function WebhookTitle(props: TextProps) {
  return <NameField {...props} options={useWebhookTitles()} most={128} />;
}
