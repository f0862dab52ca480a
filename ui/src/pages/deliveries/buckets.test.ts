import { expect, it } from 'vitest';
import { bucketsOf, heightOf, percentile, tookMs } from './buckets';

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

it('tells how long those took that arrived, and of no other', () => {
  const ended = (status: string) => ({ ...at(1, status), ended_at: new Date(3_500).toISOString() });
  expect([tookMs(ended('delivered')), tookMs(ended('failed')), tookMs(at(1))]).toEqual([2_500, undefined, undefined]);
  expect(bucketsOf([ended('delivered'), ended('failed'), at(2)], 1)[0]?.took).toEqual([2_500]);
});

it('finds what half and nearly all do not exceed', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([percentile(values, 50), percentile(values, 95), percentile([7], 95), percentile([], 50)]).toEqual([
    50,
    95,
    7,
    undefined,
  ]);
});

it('draws the longest at full height and nothing at none', () => {
  expect([heightOf(0, 500), heightOf(500, 500), heightOf(0, 0)]).toEqual([0, 1, 0]);
  expect(heightOf(99, 9_999)).toBeCloseTo(0.5, 5);
});
