import { expect, test } from 'vitest';
import { addressTone, deliveriesTone, diskTone } from './health';

const GIB = 1_073_741_824;

test('a disk that fills up is told before it is full', () => {
  const of = (free: number, total: number) => diskTone({ disk: { free_bytes: free * GIB, total_bytes: total * GIB } });
  expect([of(20, 100), of(9, 100), of(1.5, 10), of(0.1, 100)]).toEqual(['good', 'wait', 'wait', 'bad']);
  expect(diskTone({ disk: null })).toBe('idle');
});

test('deliveries that wait for more than an hour are worth a look', () => {
  const now = Date.parse('2026-11-27T12:00:00Z');
  expect(deliveriesTone({ oldest_pending_at: null }, now)).toBe('good');
  expect(deliveriesTone({ oldest_pending_at: '2026-11-27T11:30:00Z' }, now)).toBe('good');
  expect(deliveriesTone({ oldest_pending_at: '2026-11-27T10:59:00Z' }, now)).toBe('wait');
});

test('messengers call an address over HTTPS alone', () => {
  expect(addressTone({ public_url: null })).toBe('wait');
  expect(addressTone({ public_url: 'http://bots.example.org' })).toBe('bad');
  expect(addressTone({ public_url: 'https://bots.example.org' })).toBe('good');
});
