import type { ValueType } from '../api/kinds';
import { JsonInput, Select, TextInput } from '@mantine/core';
import { useT } from '../i18n';
import { parseValue } from './values';

interface Props {
  type: ValueType;
  text: string;
  change: (text: string) => void;
  label: string;
  error?: string | undefined;
}

const NATIVE: Partial<Record<ValueType, string>> = {
  date: 'date',
  time: 'time',
  email: 'email',
  url: 'url',
  phone: 'tel',
};

/** Takes a value of one type. */
export function ValueInput({ type, text, change, label, error }: Props) {
  const t = useT();
  const problem =
    error ?? (text !== '' && !parseValue(type, text) ? t(`values.bad_${type}` as 'values.bad_number') : undefined);
  if (type === 'boolean') {
    return (
      <Select
        label={label}
        data={[
          { value: 'true', label: t('state.yes') },
          { value: 'false', label: t('state.no') },
        ]}
        value={text || null}
        onChange={(value) => change(value ?? '')}
        error={problem}
        allowDeselect={false}
      />
    );
  }
  if (type === 'list' || type === 'object' || type === 'location') {
    return <JsonInput label={label} value={text} onChange={change} error={problem} autosize minRows={3} maxRows={12} />;
  }
  return (
    <TextInput
      label={label}
      value={text}
      type={NATIVE[type] ?? 'text'}
      inputMode={type === 'number' ? 'decimal' : undefined}
      onChange={(event) => change(event.currentTarget.value)}
      error={problem}
    />
  );
}
