import { Checkbox, JsonInput, Select } from '@mantine/core';
import { useState } from 'react';
import { useField } from '../fields/form';
import { ValueTypeSelect } from '../fields/lists';
import { TemplateField, VariableName } from '../fields/texts';
import { useWords } from '../i18n';
import type { Action, Json, SetTo } from '../model/document';
import { newSetTo } from '../model/make';
import { put } from '../model/operations';
import type { ActionProps } from './ActionForm';

const SETS: readonly SetTo['set'][] = ['value', 'expression', 'add', 'subtract', 'now', 'append'];

/** A text with templates, or any other JSON as it is. */
function ValueField({
  path,
  label,
  value,
  onChange,
}: {
  path: string;
  label: string;
  value: Json;
  onChange: (value: Json, key?: string) => void;
}) {
  const words = useWords();
  const marks = useField(path);
  const [typed, setTyped] = useState<string | null>(null);
  const isJson = typeof value !== 'string';
  const shown = typed ?? JSON.stringify(value, null, 2);
  const toJson = () => {
    if (typeof value === 'string') {
      let parsed: Json = null;
      try {
        parsed = JSON.parse(value) as Json;
      } catch {
        parsed = null;
      }
      onChange(typeof parsed === 'string' ? null : parsed);
    }
  };
  return (
    <>
      {isJson ? (
        <JsonInput
          {...marks}
          label={label}
          value={shown}
          autosize
          minRows={2}
          maxRows={12}
          error={typed === null ? marks.error : words.action.jsonBad}
          onChange={(text) => {
            let parsed: Json;
            try {
              parsed = JSON.parse(text) as Json;
            } catch {
              setTyped(text);
              return;
            }
            if (typeof parsed === 'string') {
              setTyped(text);
              return;
            }
            setTyped(null);
            onChange(parsed, 'value');
          }}
        />
      ) : (
        <TemplateField path={path} label={label} value={value} onChange={(text) => onChange(text, 'value')} lines={1} />
      )}
      <Checkbox
        size="xs"
        label={words.action.asJson}
        checked={isJson}
        onChange={(event) => {
          setTyped(null);
          if (event.currentTarget.checked) toJson();
          else onChange(value === null ? '' : JSON.stringify(value));
        }}
      />
    </>
  );
}

export function SetVariableFields({ action, path, change }: ActionProps<Extract<Action, { kind: 'set_variable' }>>) {
  const words = useWords();
  const { to } = action;
  const set = (next: SetTo, key?: string) => change({ ...action, to: next }, key);
  return (
    <>
      <VariableName
        path={`${path}.variable`}
        label={words.action.variable}
        value={action.variable}
        onChange={(variable) => change({ ...action, variable }, 'variable')}
      />
      <Select
        label={words.action.to}
        allowDeselect={false}
        value={to.set}
        data={SETS.map((kind) => ({ value: kind, label: words.action.sets[kind] }))}
        onChange={(kind) => {
          if (kind === null || kind === to.set) return;
          const next = newSetTo(kind as SetTo['set']);
          // What was typed goes along where the new kind has a place for it.
          if ('value' in to && 'value' in next) set({ ...next, value: to.value });
          else if ('amount' in to && 'amount' in next) set({ ...next, amount: to.amount });
          else set(next);
        }}
      />
      {to.set === 'value' && (
        <ValueField
          path={`${path}.to.value`}
          label={words.action.value}
          value={to.value}
          onChange={(value, key) => set({ ...to, value }, key)}
        />
      )}
      {to.set === 'append' && (
        <ValueField
          path={`${path}.to.value`}
          label={words.action.item}
          value={to.value}
          onChange={(value, key) => set({ ...to, value }, key)}
        />
      )}
      {to.set === 'expression' && (
        <TemplateField
          path={`${path}.to.expression`}
          label={words.action.expression}
          placeholder={words.action.expressionHint}
          value={to.expression}
          onChange={(expression) => set({ ...to, expression }, 'expression')}
          lines={1}
          mono
        />
      )}
      {(to.set === 'add' || to.set === 'subtract') && (
        <TemplateField
          path={`${path}.to.amount`}
          label={words.action.amount}
          value={to.amount}
          onChange={(amount) => set({ ...to, amount }, 'amount')}
        />
      )}
      <ValueTypeSelect
        label={words.action.valueType}
        none={words.action.keepType}
        value={action.value_type}
        onChange={(value_type) => change(put(action, { value_type }))}
      />
    </>
  );
}
