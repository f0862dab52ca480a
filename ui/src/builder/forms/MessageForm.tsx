import { Alert, Slider, Stack, Text } from '@mantine/core';
import {
  IconCards,
  IconClock,
  IconFile,
  IconForms,
  IconLetterCase,
  IconListDetails,
  IconMusic,
  IconPhoto,
  IconVideo,
} from '@tabler/icons-react';
import { AddMenu, Item, ListError } from '../fields/lists';
import type { FormProps } from '../fields/form';
import { TemplateField } from '../fields/texts';
import { useWords, type Words } from '../i18n';
import { LIMITS, type MessageElement, type MessagePart, type PartKind } from '../model/document';
import { newListPart, newPart } from '../model/make';
import { changedItem, movedItem, withoutItem } from '../model/operations';
import { ButtonRows, QuickReplyRows } from './buttons';
import { GalleryFields } from './GalleryFields';
import { InputFields } from './InputFields';
import { MediaFields } from './MediaFields';

type Addable = PartKind | 'list';

const ICONS = {
  text: IconLetterCase,
  image: IconPhoto,
  video: IconVideo,
  audio: IconMusic,
  file: IconFile,
  gallery: IconCards,
  list: IconListDetails,
  delay: IconClock,
  input: IconForms,
} as const;

const ADDABLE: readonly Addable[] = ['text', 'image', 'input', 'delay', 'gallery', 'list', 'video', 'audio', 'file'];

export interface PartProps<Part extends MessagePart> {
  part: Part;
  path: string;
  /** The element, for ids that are unique in it. */
  element: MessageElement;
  change: (part: Part, key?: string) => void;
}

const kindOf = (part: MessagePart): Addable =>
  part.kind === 'gallery' && part.items !== null && part.items !== undefined ? 'list' : part.kind;

function TextFields({ part, path, element, change }: PartProps<Extract<MessagePart, { kind: 'text' }>>) {
  const words = useWords();
  return (
    <>
      <TemplateField
        path={`${path}.text`}
        label={words.message.text}
        description={words.message.textHint}
        value={part.text}
        onChange={(text) => change({ ...part, text }, 'text')}
        lines={2}
        markup
      />
      <ButtonRows path={`${path}.buttons`} part={part} element={element} change={change} />
      <QuickReplyRows path={`${path}.quick_replies`} part={part} element={element} change={change} />
    </>
  );
}

function DelayFields({ part, path, change }: PartProps<Extract<MessagePart, { kind: 'delay' }>>) {
  const words = useWords();
  return (
    <div data-field={`${path}.seconds`} tabIndex={-1}>
      <Text size="sm">{words.card.delay(part.seconds)}</Text>
      <Slider
        min={0}
        max={LIMITS.delaySeconds}
        value={part.seconds}
        onChange={(seconds) => change({ ...part, seconds }, 'seconds')}
        thumbLabel={words.message.seconds}
        marks={[{ value: 0 }, { value: 5, label: '5' }, { value: 10, label: '10' }, { value: 15, label: '15' }]}
        mb="md"
      />
    </div>
  );
}

function PartFields(props: PartProps<MessagePart>) {
  const { part } = props;
  switch (part.kind) {
    case 'text':
      return <TextFields {...props} part={part} />;
    case 'gallery':
      return <GalleryFields {...props} part={part} />;
    case 'delay':
      return <DelayFields {...props} part={part} />;
    case 'input':
      return <InputFields {...props} part={part} />;
    default:
      return <MediaFields {...props} part={part} />;
  }
}

function PartTitle({ kind, words }: { kind: Addable; words: Words }) {
  const Icon = ICONS[kind];
  return (
    <span style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
      <Icon size={16} aria-hidden />
      {words.message.parts[kind]}
    </span>
  );
}

/** What a message says, part by part. */
export function MessageForm({ element, change }: FormProps<MessageElement>) {
  const words = useWords();
  const { parts } = element;
  const put = (next: MessagePart[], key?: string) => change((own) => ({ ...own, parts: next }), key);
  const lastInput = parts.findLastIndex((part) => part.kind === 'input');
  return (
    <Stack gap="sm">
      {parts.map((part, index) => (
        <Item
          key={`${index} ${part.kind}`}
          title={<PartTitle kind={kindOf(part)} words={words} />}
          path={`parts[${index}]`}
          index={index}
          count={parts.length}
          onMove={(to) => put(movedItem(parts, index, to))}
          onRemove={() => put(withoutItem(parts, index))}
        >
          <PartFields
            part={part}
            path={`parts[${index}]`}
            element={element}
            change={(next, key) => put(changedItem(parts, index, next), key && `parts[${index}].${key}`)}
          />
        </Item>
      ))}
      {lastInput >= 0 && lastInput < parts.length - 1 && (
        <Alert variant="light" p="xs">
          <Text size="xs">{words.message.inputLast}</Text>
        </Alert>
      )}
      <ListError path="parts" />
      <AddMenu
        label={words.message.addPart}
        disabled={parts.length >= LIMITS.parts}
        kinds={ADDABLE.map((kind) => {
          const Icon = ICONS[kind];
          return {
            kind,
            label: words.message.parts[kind],
            hint: words.message.partHints[kind],
            icon: <Icon size={18} />,
          };
        })}
        onAdd={(kind) => put([...parts, kind === 'list' ? newListPart() : newPart(kind)])}
      />
    </Stack>
  );
}
