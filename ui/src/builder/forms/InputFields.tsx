import { Select } from '@mantine/core';
import { useField } from '../fields/form';
import { DurationField, IntegerField } from '../fields/numbers';
import { PlainField, TemplateField, VariableName } from '../fields/texts';
import { useWords } from '../i18n';
import { DEFAULTS, LIMITS, type InputKind, type InputPart } from '../model/document';
import { newInputKind } from '../model/make';
import { put } from '../model/operations';
import type { PartProps } from './MessageForm';

const KINDS: readonly InputKind['kind'][] = [
  'text',
  'number',
  'email',
  'phone',
  'date',
  'date_time',
  'time',
  'url',
  'location',
  'file',
  'regex',
];

/** A question, what replies are good, and what happens when none comes. */
export function InputFields({ part, path, change }: PartProps<InputPart>) {
  const words = useWords();
  const expects = useField(`${path}.expects`);
  const share = useField(`${path}.share`);
  return (
    <>
      <TemplateField
        path={`${path}.prompt`}
        label={words.message.prompt}
        value={part.prompt}
        onChange={(prompt) => change({ ...part, prompt }, 'prompt')}
        lines={2}
        markup
        required
      />
      <Select
        {...expects}
        label={words.message.expects}
        description={words.inputHints[part.expects.kind]}
        allowDeselect={false}
        value={part.expects.kind}
        data={KINDS.map((kind) => ({ value: kind, label: words.inputKinds[kind] }))}
        onChange={(kind) => {
          if (kind === null || kind === part.expects.kind) return;
          const next = put(part, { expects: newInputKind(kind as InputKind['kind']) });
          const suits = part.share === kind;
          change(suits ? next : put(next, { share: undefined }));
        }}
      />
      {part.expects.kind === 'regex' && (
        <PlainField
          path={`${path}.expects.pattern`}
          label={words.message.pattern}
          placeholder="[A-Z]{2}[0-9]{4}"
          value={part.expects.pattern}
          most={LIMITS.patternChars}
          onChange={(pattern) => change({ ...part, expects: { kind: 'regex', pattern } }, 'pattern')}
        />
      )}
      <VariableName
        path={`${path}.save_to`}
        label={words.message.saveTo}
        value={part.save_to ?? ''}
        onChange={(name) => change(put(part, { save_to: name === '' ? undefined : name }), 'save_to')}
      />
      <TemplateField
        path={`${path}.error_text`}
        label={words.message.errorText}
        value={part.error_text ?? ''}
        onChange={(text) => change(put(part, { error_text: text === '' ? undefined : text }), 'error_text')}
        lines={1}
        markup
      />
      <IntegerField
        path={`${path}.tries`}
        label={words.message.tries}
        description={words.message.triesHint}
        value={part.tries ?? DEFAULTS.tries}
        min={1}
        max={LIMITS.tries}
        onChange={(tries) => change({ ...part, tries }, 'tries')}
      />
      <DurationField
        path={`${path}.time_limit_min`}
        label={words.message.timeLimit}
        description={words.message.timeLimitHint}
        minutes={part.time_limit_min ?? DEFAULTS.timeLimitMin}
        most={LIMITS.timeLimitMin}
        onChange={(minutes) => change({ ...part, time_limit_min: minutes }, 'time_limit_min')}
      />
      {(part.expects.kind === 'phone' || part.expects.kind === 'location' || part.share) && (
        <Select
          {...share}
          label={words.message.share}
          allowDeselect={false}
          value={part.share ?? 'none'}
          data={(['none', 'phone', 'location'] as const).map((kind) => ({
            value: kind,
            label: words.message.shares[kind],
          }))}
          onChange={(kind) => change(put(part, { share: kind === 'phone' || kind === 'location' ? kind : undefined }))}
        />
      )}
    </>
  );
}
