import type { Schemas } from '../../api/client';
import { isDeliveryStatus, STATUSES, type DeliveryStatus } from './outcome';

export interface Bucket {
  from: number;
  to: number;
  counts: Record<DeliveryStatus, number>;
  total: number;
  /** Milliseconds from event to receipt, of each that was delivered. */
  took: number[];
}

type Timed = Pick<Schemas['DeliveryView'], 'created_at' | 'ended_at' | 'status'>;

/** Milliseconds from the event to its receipt; nothing while, or because, it did not arrive. */
export const tookMs = ({ created_at, ended_at, status }: Timed) =>
  status === 'delivered' && ended_at
    ? Math.max(new Date(ended_at).getTime() - new Date(created_at).getTime(), 0)
    : undefined;

/** The smallest value that so many of a hundred do not exceed. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil((share / 100) * sorted.length) - 1, 0)];
}

/** How high a span of time stands among those up to the longest, from 0 to 1: ten times as long is always as much higher. */
export const heightOf = (ms: number, longest: number) => Math.log10(1 + ms) / Math.log10(1 + Math.max(longest, 1));

const none = () => Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<DeliveryStatus, number>;

/** How many deliveries there are of each status, in equal spans from the oldest to the newest. */
export function bucketsOf(deliveries: readonly Timed[], count: number): Bucket[] {
  const times = deliveries.map(({ created_at }) => new Date(created_at).getTime());
  if (times.length === 0) return [];
  const first = Math.min(...times);
  const span = Math.max(Math.max(...times) - first, 1) / count;
  const buckets = Array.from({ length: count }, (_, index) => ({
    from: first + index * span,
    to: first + (index + 1) * span,
    counts: none(),
    total: 0,
    took: [] as number[],
  }));
  deliveries.forEach((delivery, index) => {
    const { status } = delivery;
    const bucket = buckets[Math.min(count - 1, Math.floor(((times[index] ?? first) - first) / span))];
    if (!bucket || !isDeliveryStatus(status)) return;
    bucket.counts[status] += 1;
    bucket.total += 1;
    const took = tookMs(delivery);
    if (took !== undefined) bucket.took.push(took);
  });
  return buckets;
}
