import { Chip, Group, Stack, Text, TextInput } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { useT } from '../../i18n';
import { clockOfMinutes, minutesOfClock } from './kinds';

type Hours = Schemas['Hours'];

/** 1 January 2024 was a Monday, the first ISO weekday. */
const weekdayName = (weekday: number, language: string) =>
  new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, weekday)));

export function HoursFields({
  hours,
  change,
  error,
}: {
  hours: Hours;
  change: (hours: Hours) => void;
  error: string | undefined;
}) {
  const t = useT();
  const clock = (name: 'from_min' | 'to_min', label: string) => (
    <TextInput
      type="time"
      label={label}
      w={130}
      value={clockOfMinutes(hours[name])}
      onChange={(event) => {
        const minutes = minutesOfClock(event.currentTarget.value);
        if (minutes !== null) change({ ...hours, [name]: name === 'to_min' && minutes === 0 ? 1_440 : minutes });
      }}
    />
  );
  return (
    <Stack gap="sm">
      <Group>
        {clock('from_min', t('triggers.from'))}
        {clock('to_min', t('triggers.to'))}
      </Group>
      <Chip.Group
        multiple
        value={(hours.weekdays ?? []).map(String)}
        onChange={(days) => change({ ...hours, weekdays: days.map(Number).sort((a, b) => a - b) })}
      >
        <Group gap={6}>
          {[1, 2, 3, 4, 5, 6, 7].map((weekday) => (
            <Chip key={weekday} value={String(weekday)} size="xs">
              {weekdayName(weekday, t.language)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Text size="xs" c={error ? 'var(--mantine-color-error)' : 'dimmed'}>
        {error ?? t('triggers.hours_text')}
      </Text>
    </Stack>
  );
}
