import { Group, Select, TextInput } from '@mantine/core';
import { useField } from '../fields/form';
import { IntegerField, WeekdaysField } from '../fields/numbers';
import { PlainField, TagName, WebhookTitle } from '../fields/texts';
import { useWords } from '../i18n';
import { SERVICES, STATUSES, type Condition, type ConditionKind } from '../model/document';
import { newCondition } from '../model/make';
import { put } from '../model/operations';
import { VariableConditionFields } from './VariableConditionFields';

const KINDS: readonly ConditionKind[] = [
  'variable',
  'tag',
  'status',
  'channel',
  'campaign',
  'received_webhook',
  'chat_open',
  'time',
  'weekday',
];

export interface ConditionProps<Of extends Condition> {
  condition: Of;
  path: string;
  change: (condition: Of, key?: string) => void;
}

/** A choice of two or a few words. */
export function WordSelect<Word extends string>({
  label,
  value,
  words,
  onChange,
  path,
}: {
  label: string;
  value: Word;
  words: readonly (readonly [Word, string])[];
  onChange: (word: Word) => void;
  path?: string;
}) {
  const marks = useField(path ?? '-');
  return (
    <Select
      {...(path === undefined ? {} : marks)}
      aria-label={label}
      allowDeselect={false}
      value={value}
      data={words.map(([word, shown]) => ({ value: word, label: shown }))}
      onChange={(word) => word !== null && onChange(word as Word)}
    />
  );
}

/** One condition of a filter. */
export function ConditionFields({ condition, path, change }: ConditionProps<Condition>) {
  const words = useWords();
  return (
    <>
      <WordSelect
        label={words.common.type}
        value={condition.on}
        words={KINDS.map((kind) => [kind, words.conditions[kind]] as const)}
        onChange={(on) => on !== condition.on && change(newCondition(on))}
      />
      <OwnFields condition={condition} path={path} change={change} />
    </>
  );
}

function OwnFields({ condition, path, change }: ConditionProps<Condition>) {
  const words = useWords();
  const w = words.conditionWords;
  const has = [['has', w.has] as const, ['has_not', w.has_not] as const];
  const is = [['is', w.is] as const, ['is_not', w.is_not] as const];
  switch (condition.on) {
    case 'variable':
      return <VariableConditionFields condition={condition} path={path} change={change} />;
    case 'tag':
      return (
        <Group gap="xs" align="flex-start" grow>
          <WordSelect
            label={w.operator}
            value={condition.op}
            words={has}
            onChange={(op) => change({ ...condition, op })}
          />
          <TagName
            path={`${path}.tag`}
            label=""
            placeholder={words.action.tag}
            value={condition.tag}
            onChange={(tag) => change({ ...condition, tag }, `${path}.tag`)}
          />
        </Group>
      );
    case 'status':
      return (
        <Group gap="xs" grow>
          <WordSelect
            label={w.operator}
            value={condition.op ?? 'is'}
            words={is}
            onChange={(op) => change({ ...condition, op })}
          />
          <WordSelect
            label={words.conditions.status}
            value={condition.status}
            words={STATUSES.map((status) => [status, words.statuses[status]] as const)}
            onChange={(status) => change({ ...condition, status })}
          />
        </Group>
      );
    case 'channel':
      return (
        <Group gap="xs" grow>
          <WordSelect
            label={w.operator}
            value={condition.op ?? 'is'}
            words={is}
            onChange={(op) => change({ ...condition, op })}
          />
          <WordSelect
            label={words.conditions.channel}
            value={condition.service}
            words={SERVICES.map((service) => [service, words.services[service]] as const)}
            onChange={(service) => change({ ...condition, service })}
          />
        </Group>
      );
    case 'campaign':
      return (
        <Group gap="xs" grow align="flex-end">
          <WordSelect
            label={w.operator}
            value={condition.op ?? 'is'}
            words={is}
            onChange={(op) => change({ ...condition, op })}
          />
          <PlainField
            path={`${path}.campaign`}
            label={w.campaignId}
            value={condition.campaign}
            onChange={(campaign) => change({ ...condition, campaign: campaign.trim() }, `${path}.campaign`)}
          />
        </Group>
      );
    case 'received_webhook':
      return <ReceivedWebhookFields condition={condition} path={path} change={change} />;
    case 'chat_open':
      return (
        <WordSelect
          label={w.operator}
          value={condition.open === false ? 'closed' : 'open'}
          words={[['open', w.open] as const, ['closed', w.closed] as const]}
          onChange={(state) => change(put(condition, { open: state === 'closed' ? false : undefined }))}
        />
      );
    case 'time':
      return (
        <Group gap="xs" grow align="flex-start">
          <Clock
            path={`${path}.from`}
            label={w.from}
            value={condition.from}
            onChange={(from) => change({ ...condition, from }, `${path}.from`)}
          />
          <Clock
            path={`${path}.to`}
            label={w.to}
            value={condition.to}
            onChange={(to) => change({ ...condition, to }, `${path}.to`)}
          />
        </Group>
      );
    case 'weekday':
      return (
        <WeekdaysField
          path={`${path}.days`}
          label={words.conditions.weekday}
          days={condition.days}
          onChange={(days) => change({ ...condition, days })}
        />
      );
  }
}

function Clock({
  path,
  label,
  value,
  onChange,
}: {
  path: string;
  label: string;
  value: string;
  onChange: (at: string) => void;
}) {
  const marks = useField(path);
  return (
    <TextInput
      {...marks}
      label={label}
      placeholder="09:30"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function ReceivedWebhookFields({
  condition,
  path,
  change,
}: ConditionProps<Extract<Condition, { on: 'received_webhook' }>>) {
  const words = useWords();
  const w = words.conditionWords;
  const window = condition.within_hours ? 'hours' : condition.within_days ? 'days' : 'ever';
  const span = condition.within_hours ?? condition.within_days ?? 1;
  return (
    <>
      <Group gap="xs" align="flex-end" grow>
        <WordSelect
          label={w.operator}
          value={condition.op ?? 'has'}
          words={[['has', w.has] as const, ['has_not', w.has_not] as const]}
          onChange={(op) => change({ ...condition, op })}
        />
        <WebhookTitle
          path={`${path}.title`}
          label={w.title}
          value={condition.title}
          onChange={(title) => change({ ...condition, title }, `${path}.title`)}
        />
      </Group>
      <Group gap="xs" align="flex-end" grow>
        <Select
          label={w.window}
          allowDeselect={false}
          value={window}
          data={[
            { value: 'ever', label: w.anyTime },
            { value: 'days', label: w.inDays },
            { value: 'hours', label: w.inHours },
          ]}
          onChange={(kind) =>
            change(
              put(condition, {
                within_days: kind === 'days' ? span : undefined,
                within_hours: kind === 'hours' ? span : undefined,
              }),
            )
          }
        />
        {window !== 'ever' && (
          <IntegerField
            path={`${path}.within_${window}`}
            label={words.units[window]}
            value={span}
            min={1}
            max={10_000}
            onChange={(amount) =>
              change(
                window === 'hours' ? { ...condition, within_hours: amount } : { ...condition, within_days: amount },
                `${path}.within`,
              )
            }
          />
        )}
      </Group>
    </>
  );
}
