import { Stack } from '@mantine/core';
import { AddButton, Item, ListError } from '../fields/lists';
import { TemplateField, VariableName } from '../fields/texts';
import { useWords } from '../i18n';
import { LIMITS, type GalleryCard, type GalleryPart, type MessageElement } from '../model/document';
import { changedItem, movedItem, put, withoutItem } from '../model/operations';
import { ButtonRows, QuickReplyRows } from './buttons';
import { UploadButton } from './MediaFields';
import type { PartProps } from './MessageForm';

const ITEM: readonly string[] = ['item'];
const NOTHING: readonly string[] = [];

/** Cards that are written one by one, or one card that is the template of a list's items. */
export function GalleryFields({ part, path, element, change }: PartProps<GalleryPart>) {
  const words = useWords();
  const { cards } = part;
  const isList = part.items !== null && part.items !== undefined;
  const extra = isList ? ITEM : NOTHING;
  const set = (next: GalleryCard[], key?: string) => change({ ...part, cards: next }, key);
  const fields = (card: GalleryCard, index: number) => (
    <CardFields
      card={card}
      path={`${path}.cards[${index}]`}
      element={element}
      extra={extra}
      change={(next, key) => set(changedItem(cards, index, next), key && `cards[${index}].${key}`)}
    />
  );
  return (
    <>
      {isList && (
        <VariableName
          path={`${path}.items`}
          label={words.message.items}
          description={words.message.itemsHint}
          value={part.items ?? ''}
          onChange={(items) => change({ ...part, items }, 'items')}
        />
      )}
      <Stack gap="xs" data-field={`${path}.cards`} tabIndex={-1}>
        {isList && cards.length === 1 && cards[0] !== undefined
          ? fields(cards[0], 0)
          : cards.map((card, index) => (
              <Item
                key={index}
                inner
                title={card.title || words.message.card(index + 1)}
                path={`${path}.cards[${index}]`}
                index={index}
                count={cards.length}
                onMove={(to) => set(movedItem(cards, index, to))}
                onRemove={() => set(withoutItem(cards, index))}
              >
                {fields(card, index)}
              </Item>
            ))}
      </Stack>
      <ListError path={`${path}.cards`} />
      {!isList && (
        <AddButton onClick={() => set([...cards, { title: '' }])} disabled={cards.length >= LIMITS.cards}>
          {words.message.addCard}
        </AddButton>
      )}
      <QuickReplyRows path={`${path}.quick_replies`} part={part} element={element} change={change} />
    </>
  );
}

function CardFields({
  card,
  path,
  element,
  extra,
  change,
}: {
  card: GalleryCard;
  path: string;
  element: MessageElement;
  extra: readonly string[];
  change: (card: GalleryCard, key?: string) => void;
}) {
  const words = useWords();
  return (
    <>
      <TemplateField
        path={`${path}.title`}
        label={words.message.cardTitle}
        value={card.title}
        extra={extra}
        required
        onChange={(title) => change({ ...card, title }, 'title')}
      />
      <TemplateField
        path={`${path}.subtitle`}
        label={words.message.subtitle}
        value={card.subtitle ?? ''}
        extra={extra}
        onChange={(subtitle) => change(put(card, { subtitle: subtitle === '' ? undefined : subtitle }), 'subtitle')}
      />
      <TemplateField
        path={`${path}.image`}
        label={words.message.image}
        placeholder="https://"
        value={card.image ?? ''}
        extra={extra}
        onChange={(image) => change(put(card, { image: image === '' ? undefined : image }), 'image')}
      />
      <UploadButton accept="image/*" onUploaded={({ url }) => change({ ...card, image: url })} />
      <ButtonRows path={`${path}.buttons`} part={card} element={element} change={change} extra={extra} />
    </>
  );
}
