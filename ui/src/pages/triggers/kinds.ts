import type { Schemas } from '../../api/client';
import type { T } from '../../i18n';

export type TriggerKind = Schemas['TriggerKind'];
export type TriggerType = TriggerKind['type'];

/** In the order in which a newcomer meets them. */
export const TRIGGER_TYPES: readonly TriggerType[] = [
  'subscription',
  'keyword',
  'standard_reply',
  'unsubscription',
  'after_subscription',
  'inactivity',
  'ref',
  'event',
];

/** The system has one of each of these for a bot. */
export const SINGLE: readonly TriggerType[] = ['subscription', 'standard_reply', 'unsubscription'];

export type SpanUnit = 'minutes' | 'hours' | 'days';
const MINUTES: Record<SpanUnit, number> = { minutes: 1, hours: 60, days: 1_440 };

/** A span in the largest unit that tells it exactly. */
export function splitMinutes(minutes: number): { amount: number; unit: SpanUnit } {
  const unit = (['days', 'hours'] as const).find((name) => minutes > 0 && minutes % MINUTES[name] === 0) ?? 'minutes';
  return { amount: minutes / MINUTES[unit], unit };
}

export const joinMinutes = (amount: number, unit: SpanUnit) => Math.round(amount * MINUTES[unit]);

function span(minutes: number, t: T): string {
  const { amount, unit } = splitMinutes(minutes);
  return t.many(`triggers.${unit}`, amount);
}

/** What a trigger waits for, in a line. */
export function tellKind(kind: TriggerKind, t: T): string {
  switch (kind.type) {
    case 'keyword':
      return `${t(`triggers.match_${kind.match}`)}: ${kind.keywords.join(', ')}`;
    case 'after_subscription':
      return t('triggers.tell_after', { span: span(kind.delay_min, t) });
    case 'inactivity':
      return t('triggers.tell_inactivity', { span: span(kind.after_min, t) });
    case 'ref':
      return `ref=${kind.ref}`;
    default:
      return t(`triggers.about_${kind.type}`);
  }
}

export const minutesOfClock = (clock: string): number | null => {
  const found = /^(\d{1,2}):(\d{2})$/.exec(clock);
  if (!found) return null;
  const minutes = Number(found[1]) * 60 + Number(found[2]);
  return minutes <= 1_440 ? minutes : null;
};

export const clockOfMinutes = (minutes: number) =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
