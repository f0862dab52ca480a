import type { ValueType } from '../../api/kinds';
import { Autocomplete, Group, NumberInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useEditorState } from '../editor';
import { useField } from '../fields/form';
import { useVariables } from '../fields/names';
import { IntegerField, UnitSelect } from '../fields/numbers';
import { useWords } from '../i18n';
import {
  OPERATORS,
  isOtherVariable,
  type Operand,
  type Operator,
  type VariableCondition,
  type VariableScope,
} from '../model/document';
import { FIELDS, SYSTEM } from '../model/names';
import { put } from '../model/operations';
import { WordSelect, type ConditionProps } from './ConditionFields';

const OF_TYPE: Partial<Record<ValueType, readonly Operator[]>> = {
  number: [
    'equal',
    'not_equal',
    'less',
    'less_or_equal',
    'greater',
    'greater_or_equal',
    'between',
    'empty',
    'not_empty',
  ],
  boolean: ['equal', 'not_equal', 'empty', 'not_empty'],
  date: ['equal', 'not_equal', 'before', 'after', 'between', 'within_last', 'within_next', 'empty', 'not_empty'],
  date_time: ['equal', 'not_equal', 'before', 'after', 'between', 'within_last', 'within_next', 'empty', 'not_empty'],
  time: ['equal', 'not_equal', 'before', 'after', 'between', 'empty', 'not_empty'],
  list: ['contains', 'not_contains', 'equal', 'not_equal', 'empty', 'not_empty'],
  text: ['equal', 'not_equal', 'contains', 'not_contains', 'starts', 'ends', 'matches', 'empty', 'not_empty'],
};

/** The comparisons that suit a type; the one that is chosen stays in the list. */
function operatorsFor(type: ValueType | null | undefined, chosen: Operator): readonly Operator[] {
  const fitting = (type && OF_TYPE[type]) ?? OPERATORS;
  return fitting.includes(chosen) ? fitting : [...fitting, chosen];
}

function useNamesOf(scope: VariableScope): string[] {
  const variables = useVariables();
  const bot = useEditorState((state) => state.known.botVariables);
  if (scope === 'bot') return bot.map((variable) => variable.name);
  if (scope === 'system') return [...SYSTEM];
  const own = [...variables.keys()].filter((name) => !name.startsWith('$'));
  return [...own, ...FIELDS.filter((field) => !own.includes(field))];
}

function ScopedName({
  path,
  label,
  scope,
  name,
  onChange,
}: {
  path: string;
  label: string;
  scope: VariableScope;
  name: string;
  onChange: (scope: VariableScope, name: string, key?: string) => void;
}) {
  const words = useWords();
  const marks = useField(path);
  const names = useNamesOf(scope);
  return (
    <Group gap="xs" align="flex-start" grow>
      <Autocomplete
        {...marks}
        aria-label={label}
        placeholder={label}
        value={name}
        data={names}
        limit={60}
        maxDropdownHeight={240}
        onChange={(next) => onChange(scope, next, path)}
      />
      <WordSelect
        label={words.conditionWords.scope}
        value={scope}
        words={(['contact', 'bot', 'system'] as const).map((one) => [one, words.conditionWords.scopes[one]] as const)}
        onChange={(next) => onChange(next, name)}
      />
    </Group>
  );
}

type Kind = 'text' | 'number' | 'boolean' | 'variable';

function kindOf(operand: Operand | undefined): Kind {
  if (isOtherVariable(operand)) return 'variable';
  if (typeof operand === 'number') return 'number';
  return typeof operand === 'boolean' ? 'boolean' : 'text';
}

function operandOf(kind: Kind, before: Operand | undefined): Operand {
  const text = typeof before === 'string' || typeof before === 'number' ? String(before) : '';
  switch (kind) {
    case 'variable':
      return { variable: '' };
    case 'number':
      return Number.isFinite(Number(text)) ? Number(text) : 0;
    case 'boolean':
      return true;
    case 'text':
      return text;
  }
}

/** A value, or another variable, that a variable is compared with. */
function OperandField({
  path,
  label,
  operand,
  op,
  onChange,
}: {
  path: string;
  label: string;
  operand: Operand | undefined;
  op: Operator;
  onChange: (operand: Operand, key?: string) => void;
}) {
  const words = useWords();
  const w = words.conditionWords;
  const marks = useField(path);
  const [typed, setTyped] = useState<number | string | null>(null);
  const kind = kindOf(operand);
  if (op === 'matches' && kind === 'text') {
    return (
      <TextInput
        {...marks}
        aria-label={label}
        description={w.regexHint}
        value={typeof operand === 'string' ? operand : ''}
        onChange={(event) => onChange(event.currentTarget.value, path)}
      />
    );
  }
  return (
    <>
      <Group gap="xs" align="flex-start" grow>
        <Select
          aria-label={w.compareWith}
          allowDeselect={false}
          value={kind}
          data={[
            { value: 'text', label: w.valueType.text },
            { value: 'number', label: w.valueType.number },
            { value: 'boolean', label: w.valueType.boolean },
            { value: 'variable', label: w.aVariable },
          ]}
          onChange={(next) => next !== null && next !== kind && onChange(operandOf(next as Kind, operand))}
        />
        {kind === 'text' && (
          <TextInput
            {...marks}
            aria-label={label}
            placeholder={words.common.value}
            value={
              typeof operand === 'string'
                ? operand
                : operand === undefined || operand === null
                  ? ''
                  : JSON.stringify(operand)
            }
            onChange={(event) => onChange(event.currentTarget.value, path)}
          />
        )}
        {kind === 'number' && (
          <NumberInput
            {...marks}
            aria-label={label}
            value={typed ?? (operand as number)}
            onChange={(next) => {
              if (typeof next === 'number' && Number.isFinite(next)) {
                setTyped(null);
                onChange(next, path);
              } else setTyped(next);
            }}
            onBlur={() => setTyped(null)}
          />
        )}
        {kind === 'boolean' && (
          <WordSelect
            label={label}
            path={path}
            value={operand === false ? 'no' : 'yes'}
            words={[['yes', w.yes] as const, ['no', w.no] as const]}
            onChange={(word) => onChange(word === 'yes')}
          />
        )}
      </Group>
      {isOtherVariable(operand) && (
        <ScopedName
          path={path}
          label={w.aVariable}
          scope={operand.scope ?? 'contact'}
          name={operand.variable}
          onChange={(scope, variable, key) => onChange(scope === 'contact' ? { variable } : { variable, scope }, key)}
        />
      )}
    </>
  );
}

/** A variable against a value or another variable. */
export function VariableConditionFields({ condition, path, change }: ConditionProps<VariableCondition>) {
  const words = useWords();
  const w = words.conditionWords;
  const variables = useVariables();
  const scope = condition.scope ?? 'contact';
  const type = scope === 'system' ? null : variables.get(scope === 'bot' ? `$${condition.name}` : condition.name);
  const within = condition.op === 'within_last' || condition.op === 'within_next';
  const needsNone = condition.op === 'empty' || condition.op === 'not_empty';
  const choose = (op: Operator) => {
    let next = put(condition, { op });
    const isWithin = op === 'within_last' || op === 'within_next';
    if (op === 'empty' || op === 'not_empty') next = put(next, { value: undefined });
    else if (next.value === undefined) next = put(next, { value: '' });
    if (isWithin && typeof next.value !== 'number') next = put(next, { value: 1 });
    if (!isWithin) next = put(next, { unit: undefined });
    if (op === 'between') next = put(next, { to: next.to ?? (typeof next.value === 'number' ? 0 : '') });
    else next = put(next, { to: undefined });
    change(next);
  };
  return (
    <>
      <ScopedName
        path={`${path}.name`}
        label={words.conditions.variable}
        scope={scope}
        name={condition.name}
        onChange={(nextScope, name, key) =>
          change(put(condition, { scope: nextScope === 'contact' ? undefined : nextScope, name }), key)
        }
      />
      <WordSelect
        label={w.operator}
        path={`${path}.op`}
        value={condition.op}
        words={operatorsFor(type, condition.op).map((op) => [op, words.operators[op]] as const)}
        onChange={choose}
      />
      {within ? (
        <Group gap="xs" align="flex-end">
          <IntegerField
            path={`${path}.value`}
            label={words.common.value}
            w={100}
            min={1}
            max={100_000}
            value={typeof condition.value === 'number' ? condition.value : 1}
            onChange={(value) => change({ ...condition, value }, `${path}.value`)}
          />
          <UnitSelect
            label={words.pause.unit}
            value={condition.unit ?? 'days'}
            onChange={(unit) => change(put(condition, { unit: unit === 'days' ? undefined : unit }))}
          />
        </Group>
      ) : (
        !needsNone && (
          <OperandField
            path={`${path}.value`}
            label={words.common.value}
            operand={condition.value}
            op={condition.op}
            onChange={(value, key) => change({ ...condition, value }, key)}
          />
        )
      )}
      {condition.op === 'between' && (
        <OperandField
          path={`${path}.to`}
          label={w.upper}
          operand={condition.to}
          op={condition.op}
          onChange={(to, key) => change({ ...condition, to }, key)}
        />
      )}
    </>
  );
}
