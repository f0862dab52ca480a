import { Group, NumberInput, Select, Stack, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useField } from '../fields/form';
import { AddButton, Item, ListError, Small } from '../fields/lists';
import { PlainField, TemplateField } from '../fields/texts';
import { useWords } from '../i18n';
import { LIMITS, type ButtonAction, type MessageButton, type MessageElement, type QuickReply } from '../model/document';
import { nextPartId, partIdsOf } from '../model/make';
import { changedItem, movedItem, put, withoutItem } from '../model/operations';

interface Holder {
  buttons?: MessageButton[];
}

interface ReplyHolder {
  quick_replies?: QuickReply[];
}

interface RowsProps<Part> {
  path: string;
  part: Part;
  element: MessageElement;
  change: (part: Part, key?: string) => void;
  extra?: readonly string[];
}

function newButtonAction(kind: ButtonAction['kind']): ButtonAction {
  switch (kind) {
    case 'continue':
      return { kind };
    case 'link':
      return { kind, url: '' };
    case 'phone':
      return { kind, phone: '' };
    case 'payment':
      return { kind, title: '', amount: 100, currency: 'EUR' };
  }
}

/** The buttons of a part or of a card. */
export function ButtonRows<Part extends Holder>({ path, part, element, change, extra = [] }: RowsProps<Part>) {
  const words = useWords();
  const buttons = part.buttons ?? [];
  const set = (next: MessageButton[], key?: string) =>
    change(put<Holder>(part, { buttons: next.length === 0 ? undefined : next }) as Part, key);
  return (
    <Stack gap={6} data-field={path}>
      {buttons.length > 0 && (
        <Text size="sm" fw={500}>
          {words.message.buttons}
        </Text>
      )}
      {buttons.map((button, index) => (
        <Item
          key={button.id}
          inner
          title={button.label || words.outputs.unnamed}
          path={`${path}[${index}]`}
          index={index}
          count={buttons.length}
          onMove={(to) => set(movedItem(buttons, index, to))}
          onRemove={() => set(withoutItem(buttons, index))}
        >
          <ButtonFields
            button={button}
            path={`${path}[${index}]`}
            extra={extra}
            change={(next, key) => set(changedItem(buttons, index, next), key && `${path}[${index}].${key}`)}
          />
        </Item>
      ))}
      <ListError path={path} />
      <AddButton
        disabled={buttons.length >= LIMITS.buttons}
        onClick={() => set([...buttons, { id: nextPartId(partIdsOf(element)), label: '' }])}
      >
        {words.message.addButton}
      </AddButton>
    </Stack>
  );
}

function ButtonFields({
  button,
  path,
  change,
  extra,
}: {
  button: MessageButton;
  path: string;
  change: (button: MessageButton, key?: string) => void;
  extra: readonly string[];
}) {
  const words = useWords();
  const marks = useField(`${path}.action`);
  const action = button.action ?? { kind: 'continue' as const };
  const act = (next: ButtonAction, key?: string) => change({ ...button, action: next }, key && `action.${key}`);
  return (
    <>
      <Group gap="xs" align="flex-start" wrap="nowrap" grow>
        <TemplateField
          path={`${path}.label`}
          label={words.message.label}
          value={button.label}
          most={LIMITS.labelChars}
          extra={extra}
          onChange={(label) => change({ ...button, label }, 'label')}
        />
        <Select
          {...marks}
          label={words.message.does}
          allowDeselect={false}
          value={action.kind}
          data={(['continue', 'link', 'phone', 'payment'] as const).map((kind) => ({
            value: kind,
            label: words.message.buttonActions[kind],
          }))}
          onChange={(kind) => {
            if (kind === null || kind === action.kind) return;
            if (kind === 'continue') change(put(button, { action: undefined }));
            else act(newButtonAction(kind as ButtonAction['kind']));
          }}
        />
      </Group>
      {action.kind === 'link' && (
        <TemplateField
          path={`${path}.action.url`}
          label={words.message.url}
          placeholder="https://"
          value={action.url}
          extra={extra}
          onChange={(url) => act({ ...action, url }, 'url')}
        />
      )}
      {action.kind === 'phone' && (
        <TemplateField
          path={`${path}.action.phone`}
          label={words.message.phone}
          placeholder="+34 600 000 000"
          value={action.phone}
          extra={extra}
          onChange={(phone) => act({ ...action, phone }, 'phone')}
        />
      )}
      {action.kind === 'payment' && (
        <>
          <TemplateField
            path={`${path}.action.title`}
            label={words.message.payTitle}
            value={action.title}
            most={32}
            extra={extra}
            onChange={(title) => act({ ...action, title }, 'title')}
          />
          <Group gap="xs" align="flex-start" grow>
            <AmountField
              path={`${path}.action.amount`}
              amount={action.amount}
              currency={action.currency}
              onChange={(amount) => act({ ...action, amount }, 'amount')}
            />
            <PlainField
              path={`${path}.action.currency`}
              label={words.message.currency}
              placeholder="EUR"
              value={action.currency}
              onChange={(currency) => act({ ...action, currency: currency.toUpperCase().slice(0, 3) }, 'currency')}
            />
          </Group>
        </>
      )}
    </>
  );
}

/** How many decimals a currency has: the document keeps its smallest unit. */
export function decimalsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

function AmountField({
  path,
  amount,
  currency,
  onChange,
}: {
  path: string;
  amount: number;
  currency: string;
  onChange: (amount: number) => void;
}) {
  const words = useWords();
  const marks = useField(path);
  const decimals = decimalsOf(currency);
  const [typed, setTyped] = useState<number | string | null>(null);
  return (
    <NumberInput
      {...marks}
      label={words.message.amount}
      value={typed ?? amount / 10 ** decimals}
      min={0}
      max={10_000_000}
      decimalScale={decimals}
      onChange={(next) => {
        setTyped(next);
        if (typeof next === 'number') onChange(Math.round(next * 10 ** decimals));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

/** The quick replies of a part. */
export function QuickReplyRows<Part extends ReplyHolder>({ path, part, element, change }: RowsProps<Part>) {
  const words = useWords();
  const replies = part.quick_replies ?? [];
  const set = (next: QuickReply[], key?: string) =>
    change(put<ReplyHolder>(part, { quick_replies: next.length === 0 ? undefined : next }) as Part, key);
  return (
    <Stack gap={6} data-field={path}>
      {replies.length > 0 && (
        <Text size="sm" fw={500}>
          {words.message.quickReplies}
        </Text>
      )}
      {replies.map((reply, index) => (
        <Group key={reply.id} gap={4} wrap="nowrap" align="flex-start" data-field={`${path}[${index}]`}>
          <div style={{ flex: 1 }}>
            <TemplateField
              path={`${path}[${index}].label`}
              label=""
              placeholder={words.message.label}
              value={reply.label}
              most={LIMITS.labelChars}
              onChange={(label) => set(changedItem(replies, index, { ...reply, label }), `${path}[${index}].label`)}
            />
          </div>
          <Group gap={0} wrap="nowrap" pt={5}>
            <Small
              label={words.common.up}
              disabled={index === 0}
              onClick={() => set(movedItem(replies, index, index - 1))}
            >
              <IconArrowUp size={15} />
            </Small>
            <Small
              label={words.common.down}
              disabled={index === replies.length - 1}
              onClick={() => set(movedItem(replies, index, index + 1))}
            >
              <IconArrowDown size={15} />
            </Small>
            <Small label={words.common.remove} onClick={() => set(withoutItem(replies, index))}>
              <IconTrash size={15} />
            </Small>
          </Group>
        </Group>
      ))}
      <ListError path={path} />
      <AddButton
        disabled={replies.length >= LIMITS.quickReplies}
        onClick={() => set([...replies, { id: nextPartId(partIdsOf(element)), label: '' }])}
      >
        {words.message.addQuickReply}
      </AddButton>
    </Stack>
  );
}
