import { Group, Select, Stack } from '@mantine/core';
import { useField, type FormProps } from '../fields/form';
import { IntegerField, OffsetField, UnitSelect, WeekdaysField } from '../fields/numbers';
import { PlainField, VariableName } from '../fields/texts';
import { useWords } from '../i18n';
import type { PauseElement, PauseEnd } from '../model/document';
import { newPauseEnd } from '../model/make';
import { put } from '../model/operations';

const KINDS: readonly PauseEnd['kind'][] = ['period', 'date', 'variable', 'time'];
const PERIOD_MAX = { minutes: 43_200, hours: 720, days: 30 } as const;

/** When a pause ends. */
export function PauseForm({ element, change }: FormProps<PauseElement>) {
  const words = useWords();
  const marks = useField('until');
  const { until } = element;
  const end = (next: PauseEnd, key?: string) => change((own) => ({ ...own, until: next }), key);
  return (
    <Stack gap="sm">
      <Select
        {...marks}
        label={words.pause.until}
        allowDeselect={false}
        value={until.kind}
        data={KINDS.map((kind) => ({ value: kind, label: words.pause.kinds[kind] }))}
        onChange={(kind) => {
          if (kind === null || kind === until.kind) return;
          end(newPauseEnd(kind as PauseEnd['kind'], new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)));
        }}
      />
      {until.kind === 'period' && (
        <Group gap="xs" align="flex-start" wrap="nowrap" grow preventGrowOverflow={false}>
          <IntegerField
            path="until.amount"
            label={words.pause.amount}
            value={until.amount}
            min={1}
            max={PERIOD_MAX[until.unit]}
            onChange={(amount) => end({ ...until, amount }, 'until.amount')}
          />
          <UnitSelect
            label={words.pause.unit}
            value={until.unit}
            onChange={(unit) => end({ ...until, unit, amount: Math.min(until.amount, PERIOD_MAX[unit]) })}
          />
        </Group>
      )}
      {until.kind === 'date' && (
        <PlainField
          path="until.at"
          label={words.pause.at}
          description={words.pause.atHint}
          value={until.at}
          onChange={(at) => end({ ...until, at }, 'until.at')}
        />
      )}
      {until.kind === 'variable' && (
        <VariableName
          path="until.variable"
          label={words.pause.variable}
          value={until.variable}
          onChange={(variable) => end({ ...until, variable }, 'until.variable')}
        />
      )}
      {(until.kind === 'date' || until.kind === 'variable') && (
        <OffsetField
          path="until.offset"
          offset={until.offset}
          onChange={(offset) => end(put(until, { offset }), 'until.offset')}
        />
      )}
      {until.kind === 'time' && (
        <>
          <PlainField
            path="until.at"
            label={words.pause.time}
            placeholder="09:30"
            value={until.at}
            onChange={(at) => end({ ...until, at }, 'until.at')}
          />
          <WeekdaysField
            path="until.weekdays"
            label={words.pause.weekdays}
            description={words.pause.everyDay}
            days={until.weekdays ?? []}
            onChange={(weekdays) => end(put(until, { weekdays: weekdays.length === 0 ? undefined : weekdays }))}
          />
        </>
      )}
      <Select
        label={words.pause.zone}
        allowDeselect={false}
        value={element.zone ?? 'contact'}
        data={(['contact', 'account'] as const).map((zone) => ({ value: zone, label: words.pause.zones[zone] }))}
        onChange={(zone) => change((own) => put(own, { zone: zone === 'account' ? 'account' : undefined }))}
      />
      <Select
        label={words.pause.condition}
        allowDeselect={false}
        value={element.condition ?? 'always'}
        data={(['always', 'if_inactive'] as const).map((one) => ({ value: one, label: words.pause.conditions[one] }))}
        onChange={(one) => change((own) => put(own, { condition: one === 'if_inactive' ? 'if_inactive' : undefined }))}
      />
    </Stack>
  );
}
