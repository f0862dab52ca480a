import { Checkbox, Group, Input, NumberInput, Select } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useWords } from '../i18n';
import type { PauseOffset, TimeUnit } from '../model/document';
import { useField } from './form';

interface IntegerProps {
  path: string;
  label: string;
  value: number;
  onChange: (value: number) => void;
  min: number;
  max: number;
  description?: ReactNode;
  suffix?: string;
  w?: number | string;
}

/** A whole number. While the field is empty the last number stays in the document. */
export function IntegerField({ path, label, value, onChange, min, max, description, suffix, w }: IntegerProps) {
  const marks = useField(path);
  const [typed, setTyped] = useState<number | string | null>(null);
  return (
    <NumberInput
      {...marks}
      label={label}
      description={description}
      value={typed ?? value}
      min={min}
      max={max}
      clampBehavior="strict"
      allowDecimal={false}
      allowNegative={min < 0}
      {...(suffix === undefined ? {} : { suffix })}
      {...(w === undefined ? {} : { w })}
      onChange={(next) => {
        if (typeof next === 'number' && Number.isInteger(next)) {
          setTyped(null);
          onChange(next);
        } else {
          setTyped(next);
        }
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

const MINUTES: Record<TimeUnit, number> = { minutes: 1, hours: 60, days: 1_440 };

function unitOf(minutes: number): TimeUnit {
  if (minutes > 0 && minutes % 1_440 === 0) return 'days';
  return minutes > 0 && minutes % 60 === 0 ? 'hours' : 'minutes';
}

export function UnitSelect({
  value,
  onChange,
  label,
}: {
  value: TimeUnit;
  onChange: (unit: TimeUnit) => void;
  label: string;
}) {
  const words = useWords();
  return (
    <Select
      label={label}
      data={(['minutes', 'hours', 'days'] as const).map((unit) => ({ value: unit, label: words.units[unit] }))}
      value={value}
      allowDeselect={false}
      onChange={(unit) => unit !== null && onChange(unit as TimeUnit)}
      w={130}
    />
  );
}

interface DurationProps {
  path: string;
  label: string;
  minutes: number;
  most: number;
  onChange: (minutes: number) => void;
  description?: string;
}

/** A span that the document keeps in minutes, shown in the largest unit that fits. */
export function DurationField({ path, label, minutes, most, onChange, description }: DurationProps) {
  const words = useWords();
  const [unit, setUnit] = useState<TimeUnit>(() => unitOf(minutes));
  const shown = minutes % MINUTES[unit] === 0 ? unit : unitOf(minutes);
  return (
    <div>
      <Group gap="xs" align="flex-start" grow preventGrowOverflow={false} wrap="nowrap">
        <IntegerField
          path={path}
          label={label}
          value={minutes / MINUTES[shown]}
          min={1}
          max={Math.floor(most / MINUTES[shown])}
          onChange={(amount) => onChange(amount * MINUTES[shown])}
        />
        <UnitSelect
          label={words.pause.unit}
          value={shown}
          onChange={(next) => {
            setUnit(next);
            onChange(Math.min(most, Math.max(1, Math.round(minutes / MINUTES[shown])) * MINUTES[next]));
          }}
        />
      </Group>
      {description !== undefined && <Input.Description mt={4}>{description}</Input.Description>}
    </div>
  );
}

/** Moves a date to earlier or later. */
export function OffsetField({
  path,
  offset,
  onChange,
}: {
  path: string;
  offset: PauseOffset | null | undefined;
  onChange: (offset: PauseOffset | undefined) => void;
}) {
  const words = useWords();
  const when = offset === null || offset === undefined ? 'none' : offset.amount < 0 ? 'before' : 'after';
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <Select
        label={words.pause.offset}
        w={112}
        allowDeselect={false}
        value={when}
        data={(['none', 'before', 'after'] as const).map((one) => ({ value: one, label: words.pause.offsetWhen[one] }))}
        onChange={(next) => {
          if (next === 'none' || next === null) onChange(undefined);
          else {
            const amount = Math.max(1, Math.abs(offset?.amount ?? 1));
            onChange({ amount: next === 'before' ? -amount : amount, unit: offset?.unit ?? 'hours' });
          }
        }}
      />
      {offset !== null && offset !== undefined && (
        <>
          <IntegerField
            path={`${path}.amount`}
            label={words.pause.amount}
            w={88}
            min={0}
            max={100_000}
            value={Math.abs(offset.amount)}
            onChange={(amount) => onChange({ ...offset, amount: when === 'before' ? -amount : amount })}
          />
          <UnitSelect label={words.pause.unit} value={offset.unit} onChange={(unit) => onChange({ ...offset, unit })} />
        </>
      )}
    </Group>
  );
}

export function WeekdaysField({
  path,
  label,
  days,
  onChange,
  description,
}: {
  path: string;
  label: string;
  days: readonly number[];
  onChange: (days: number[]) => void;
  description?: string;
}) {
  const words = useWords();
  const marks = useField(path);
  return (
    <Checkbox.Group
      label={label}
      description={description}
      error={marks.error}
      data-field={path}
      value={days.map(String)}
      onChange={(chosen) => onChange(chosen.map(Number).sort((a, b) => a - b))}
    >
      <Group gap="xs" mt={6}>
        {words.weekdays.map((day, index) => (
          <Checkbox
            key={day}
            value={String(index + 1)}
            label={day}
            aria-label={words.weekdaysLong[index] ?? day}
            size="sm"
          />
        ))}
      </Group>
    </Checkbox.Group>
  );
}
