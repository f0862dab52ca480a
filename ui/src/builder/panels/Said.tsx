import { Anchor, Button, Group, Image, Paper, Text } from '@mantine/core';
import { Fragment } from 'react';
import type { SaidButton, SaidPart, Span } from '../calls';
import { decimalsOf } from '../forms/buttons';
import { useWords } from '../i18n';
import classes from './panels.module.css';

/** Text with looks. Only http and https addresses become links. */
export function Rich({ text }: { text: Span[] | string | undefined }) {
  if (text === undefined) return null;
  if (typeof text === 'string') return <>{text}</>;
  return (
    <>
      {text.map((span, index) => {
        let shown = <>{span.text}</>;
        if (span.italic) shown = <em>{shown}</em>;
        if (span.bold) shown = <strong>{shown}</strong>;
        if (span.link && /^https?:\/\//.test(span.link)) {
          shown = (
            <Anchor href={span.link} target="_blank" rel="noreferrer noopener" size="sm">
              {shown}
            </Anchor>
          );
        }
        return <Fragment key={index}>{shown}</Fragment>;
      })}
    </>
  );
}

const lengthOf = (text: Span[] | string | undefined): number =>
  typeof text === 'string' ? text.length : (text ?? []).reduce((sum, span) => sum + span.text.length, 0);

/** `nth` counts what can be pressed in one message: buttons, those of cards in order, then quick replies. */
export type OnPress = (button: SaidButton, nth: number) => void;

function Buttons({
  buttons,
  first,
  onPress,
  disabled,
}: {
  buttons: readonly SaidButton[];
  first: number;
  onPress: OnPress;
  disabled: boolean;
}) {
  const words = useWords();
  return (
    <Group gap={6}>
      {buttons.map((button, index) => {
        const action = button.action;
        if (action?.kind === 'link' && action.url && /^https?:\/\//.test(action.url)) {
          return (
            <Button
              key={index}
              component="a"
              href={action.url}
              target="_blank"
              rel="noreferrer noopener"
              size="compact-sm"
              variant="default"
            >
              {words.card.link(button.label)}
            </Button>
          );
        }
        const pay =
          action?.kind === 'payment' && action.amount !== undefined && action.currency
            ? words.test.pay(
                new Intl.NumberFormat(words.locale, { style: 'currency', currency: action.currency }).format(
                  action.amount / 10 ** decimalsOf(action.currency),
                ),
              )
            : null;
        const inert = action?.kind === 'phone' || action?.kind === 'link';
        return (
          <Button
            key={index}
            size="compact-sm"
            variant="light"
            disabled={disabled || inert}
            title={action?.kind === 'phone' ? action.phone : undefined}
            onClick={() => onPress(button, first + index)}
          >
            {pay === null ? button.label : `${button.label} · ${pay}`}
          </Button>
        );
      })}
    </Group>
  );
}

/** A message of the bot as a contact would see it. */
export function Said({ part, onPress, disabled }: { part: SaidPart; onPress: OnPress; disabled: boolean }) {
  const cards = part.cards ?? [];
  const buttons = part.buttons ?? [];
  const firsts: number[] = [];
  let count = buttons.length;
  for (const card of cards) {
    firsts.push(count);
    count += card.buttons?.length ?? 0;
  }
  return (
    <div className={classes.said}>
      {part.kind === 'media' && part.media === 'image' && part.url && (
        <Image src={part.url} alt="" radius="md" maw={240} mah={200} fit="cover" />
      )}
      {part.kind === 'media' && part.media !== 'image' && part.url && (
        <div className={classes.bubble} data-from="bot">
          <Anchor
            href={/^https?:\/\//.test(part.url) ? part.url : undefined}
            target="_blank"
            rel="noreferrer noopener"
            size="sm"
          >
            {part.name || part.url}
          </Anchor>
        </div>
      )}
      {lengthOf(part.text ?? part.caption) > 0 && (
        <div className={classes.bubble} data-from="bot">
          <Rich text={part.text ?? part.caption} />
        </div>
      )}
      {buttons.length > 0 && <Buttons buttons={buttons} first={0} onPress={onPress} disabled={disabled} />}
      {cards.length > 0 && (
        <div className={classes.cards}>
          {cards.map((card, index) => {
            return (
              <Paper key={index} withBorder radius="md" p="xs" w={190} style={{ flex: 'none' }}>
                {card.image && <Image src={card.image} alt="" h={90} radius="sm" fit="cover" />}
                <Text size="sm" fw={600}>
                  {card.title}
                </Text>
                <Text size="xs" c="dimmed">
                  {card.subtitle}
                </Text>
                <Buttons
                  buttons={card.buttons ?? []}
                  first={firsts[index] ?? 0}
                  onPress={onPress}
                  disabled={disabled}
                />
              </Paper>
            );
          })}
        </div>
      )}
      {(part.quick_replies ?? []).length > 0 && (
        <Buttons buttons={part.quick_replies ?? []} first={count} onPress={onPress} disabled={disabled} />
      )}
    </div>
  );
}
