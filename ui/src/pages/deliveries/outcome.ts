import { EVENT_KINDS } from '../../api/kinds';
import type { Schemas } from '../../api/client';
import type { Key } from '../../i18n';
import type { Tone } from '../../parts/Status';

export const STATUSES = ['pending', 'delivered', 'failed', 'skipped', 'cancelled'] as const;
export type DeliveryStatus = (typeof STATUSES)[number];

const TONES: Record<DeliveryStatus, Tone> = {
  pending: 'wait',
  delivered: 'good',
  failed: 'bad',
  skipped: 'idle',
  cancelled: 'idle',
};

export const isDeliveryStatus = (status: string): status is DeliveryStatus =>
  (STATUSES as readonly string[]).includes(status);

export function tellStatus(status: string): { tone: Tone; key: Key } {
  const known = isDeliveryStatus(status) ? status : 'pending';
  return { tone: TONES[known], key: `deliveries.status_${known}` };
}

export const attemptUs = ({ timing }: Schemas['AttemptView']) =>
  timing.dns_us + timing.connect_us + timing.tls_us + timing.wait_us + timing.read_us;

export const isEventKind = (value: string | undefined): value is Schemas['EventKind'] =>
  (EVENT_KINDS as readonly (string | undefined)[]).includes(value);

const PERIODS_MS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;
export type Period = keyof typeof PERIODS_MS;
export const PERIODS = Object.keys(PERIODS_MS) as Period[];

export const isPeriod = (value: string | undefined): value is Period =>
  value !== undefined && Object.hasOwn(PERIODS_MS, value);

export const sinceOf = (period: Period, now: number) => new Date(now - PERIODS_MS[period]).toISOString();

/** The filter of a period, for `deliveriesQuery`. */
export const recent = (period: string | undefined) =>
  isPeriod(period) ? { period, since: () => sinceOf(period, Date.now()) } : {};
