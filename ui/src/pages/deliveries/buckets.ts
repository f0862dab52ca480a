import type { Schemas } from '../../api/client';
import { isDeliveryStatus, STATUSES, type DeliveryStatus } from './outcome';

export interface Bucket {
  from: number;
  to: number;
  counts: Record<DeliveryStatus, number>;
  total: number;
}

type Timed = Pick<Schemas['DeliveryView'], 'created_at' | 'status'>;

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
  }));
  deliveries.forEach(({ status }, index) => {
    const bucket = buckets[Math.min(count - 1, Math.floor(((times[index] ?? first) - first) / span))];
    if (!bucket || !isDeliveryStatus(status)) return;
    bucket.counts[status] += 1;
    bucket.total += 1;
  });
  return buckets;
}
