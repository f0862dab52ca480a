import { expect, it } from 'vitest';
import { bucketsOf } from './buckets';

const at = (seconds: number, status = 'delivered') => ({ created_at: new Date(seconds * 1_000).toISOString(), status });

it('counts every delivery once, the oldest and the newest too', () => {
  const buckets = bucketsOf([at(0), at(5, 'failed'), at(9.9), at(10, 'pending')], 2);
  expect(buckets.map(({ total }) => total)).toEqual([1, 3]);
  expect(buckets[1]?.counts).toMatchObject({ delivered: 1, failed: 1, pending: 1 });
});

it('has no spans without deliveries, and does not divide by nothing', () => {
  expect(bucketsOf([], 5)).toEqual([]);
  expect(bucketsOf([at(3), at(3)], 4)[0]?.total).toBe(2);
});
