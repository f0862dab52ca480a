import type { Schemas } from '../../api/client';
import { parseSchedule, scheduleText } from './schedule';

export type Webhook = Schemas['WebhookView'];
export type WebhookChange = Schemas['WebhookSettings'];

/** What the form holds. Secrets can be written and not read, so they start empty and are sent only when typed. */
export interface WebhookValues {
  url: string;
  events: Schemas['EventKind'][];
  format: Schemas['ContentFormat'];
  profile: Schemas['PayloadProfile'];
  date_unit: Schemas['DateUnit'];
  ordered: boolean;
  rate_per_s: number | '';
  concurrency: number;
  timeout_s: number;
  /** As it is typed; empty is the usual schedule. */
  schedule: string;
  /** null keeps the headers that are stored. */
  headers: Schemas['HeaderSetting'][] | null;
  auth: 'keep' | 'none' | 'basic' | 'bearer';
  user: string;
  secret: string;
}

export const FORMATS = [
  'documented',
  'json',
  'form',
  'cloudevents',
] as const satisfies readonly Schemas['ContentFormat'][];

export function valuesOf(webhook: Webhook | undefined): WebhookValues {
  return {
    url: webhook?.url ?? '',
    events: webhook?.events ?? ['incoming_message'],
    format: webhook?.format ?? 'documented',
    profile: webhook?.profile ?? 'recado',
    date_unit: webhook?.date_unit ?? 'milliseconds',
    ordered: webhook?.ordered ?? true,
    rate_per_s: webhook?.rate_per_s ?? '',
    concurrency: webhook?.concurrency ?? 16,
    timeout_s: (webhook?.timeout_ms ?? 10_000) / 1_000,
    schedule: webhook?.schedule_ms ? scheduleText(webhook.schedule_ms) : '',
    headers: webhook?.headers.length ? null : [],
    auth: webhook?.auth ? 'keep' : 'none',
    user: '',
    secret: '',
  };
}

function authOf(values: WebhookValues): Schemas['AuthSetting'] | null | undefined {
  if (values.auth === 'keep') return undefined;
  if (values.auth === 'basic') return { kind: 'basic', user: values.user, password: values.secret };
  if (values.auth === 'bearer') return { kind: 'bearer', token: values.secret };
  return null;
}

/**
 * What is sent of the form. Of a webhook that exists only what changed: its URL is shown with a masked query, and sent
 * back untouched it would replace the real one.
 */
export function changeOf(values: WebhookValues, webhook: Webhook | undefined): WebhookChange {
  const before = valuesOf(webhook);
  const change: WebhookChange = {};
  const isNew = webhook === undefined;
  const differs = (name: keyof WebhookValues) => isNew || JSON.stringify(values[name]) !== JSON.stringify(before[name]);
  if (differs('url')) change.url = values.url.trim();
  if (webhook?.kind !== 'flow' && differs('events')) change.events = values.events;
  if (differs('format')) change.format = values.format;
  if (differs('profile')) change.profile = values.profile;
  if (differs('date_unit')) change.date_unit = values.date_unit;
  if (differs('ordered')) change.ordered = values.ordered;
  if (differs('rate_per_s')) change.rate_per_s = values.rate_per_s === '' ? null : values.rate_per_s;
  if (differs('concurrency')) change.concurrency = values.concurrency;
  if (differs('timeout_s')) change.timeout_ms = Math.round(values.timeout_s * 1_000);
  if (differs('schedule')) change.schedule_ms = parseSchedule(values.schedule) ?? null;
  if (values.headers && differs('headers')) change.headers = values.headers.filter(({ name }) => name.trim() !== '');
  const auth = authOf(values);
  if (auth !== undefined && (isNew ? auth !== null : values.auth !== before.auth || values.secret !== ''))
    change.auth = auth;
  return change;
}

export const isMasked = (url: string) => /\?.*(\*|•|…)/.test(url);

/** The first thing that keeps the form from being sent. */
export function flaw(values: WebhookValues, isFlow: boolean): 'url' | 'events' | 'auth' | 'schedule' | null {
  if (!/^https?:\/\/[^\s/]+/i.test(values.url.trim())) return 'url';
  if (!isFlow && values.events.length === 0) return 'events';
  if (values.auth === 'basic' && (!values.user || !values.secret)) return 'auth';
  if (values.auth === 'bearer' && !values.secret) return 'auth';
  if (values.schedule.trim() !== '' && !parseSchedule(values.schedule)) return 'schedule';
  return null;
}
