import { Group, NumberInput, SegmentedControl, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useT } from '../../i18n';
import { joinMinutes, splitMinutes, type SpanUnit, type TriggerKind } from './kinds';

interface Props {
  kind: TriggerKind;
  change: (kind: TriggerKind) => void;
  error: string | undefined;
}

const MATCHES = ['is', 'contains', 'regex'] as const;
const UNITS = ['minutes', 'hours', 'days'] as const;

/** The fields that one kind of trigger has. */
export function KindFields({ kind, change, error }: Props) {
  const t = useT();
  switch (kind.type) {
    case 'keyword':
      return (
        <Stack gap="sm">
          <SegmentedControl
            aria-label={t('triggers.match')}
            data={MATCHES.map((match) => ({ value: match, label: t(`triggers.short_${match}`) }))}
            value={kind.match}
            onChange={(match) => change({ ...kind, match: match as (typeof MATCHES)[number] })}
          />
          <TagsInput
            label={t('triggers.keywords')}
            description={t('triggers.keywords_text')}
            value={kind.keywords}
            onChange={(keywords) => change({ ...kind, keywords })}
            error={error}
            acceptValueOnBlur
          />
        </Stack>
      );
    case 'after_subscription':
      return (
        <SpanField minutes={kind.delay_min} change={(delay_min) => change({ ...kind, delay_min })} error={error} />
      );
    case 'inactivity':
      return (
        <SpanField minutes={kind.after_min} change={(after_min) => change({ ...kind, after_min })} error={error} />
      );
    case 'ref':
      return (
        <TextInput
          label={t('triggers.ref')}
          description={t('triggers.ref_text')}
          value={kind.ref}
          onChange={(event) => change({ ...kind, ref: event.currentTarget.value })}
          error={error ?? (/^[\w-]*$/.test(kind.ref) ? null : t('triggers.ref_shape'))}
          maxLength={64}
        />
      );
    case 'event':
      return (
        <Text size="sm" c="dimmed">
          {t('triggers.event_text')}
        </Text>
      );
    default:
      return null;
  }
}

function SpanField({
  minutes,
  change,
  error,
}: {
  minutes: number;
  change: (minutes: number) => void;
  error: string | undefined;
}) {
  const t = useT();
  const [unit, setUnit] = useState<SpanUnit>(() => splitMinutes(minutes).unit);
  const amount = minutes / joinMinutes(1, unit);
  const set = (next: number, nextUnit: SpanUnit) => change(Math.max(1, joinMinutes(next, nextUnit)));
  return (
    <Group align="flex-end" gap="sm">
      <NumberInput
        label={t('triggers.span')}
        value={amount}
        min={1}
        allowDecimal={false}
        onChange={(value) => set(Number(value) || 1, unit)}
        error={error}
        w={140}
      />
      <Select
        aria-label={t('triggers.unit')}
        data={UNITS.map((name) => ({ value: name, label: t(`triggers.unit_${name}`) }))}
        value={unit}
        onChange={(name) => {
          const next = (name ?? 'minutes') as SpanUnit;
          setUnit(next);
          set(amount, next);
        }}
        allowDeselect={false}
        w={140}
      />
    </Group>
  );
}
