import { describe, expect, it } from 'vitest';
import { isEventKind, isPeriod, sinceOf, tellStatus } from './outcome';

describe('the filters of deliveries', () => {
  const now = Date.parse('2026-11-26T12:00:42.500Z');

  it('reach back from now', () => {
    expect(sinceOf('1h', now)).toBe('2026-11-26T11:00:42.500Z');
  });

  it('leave out what they do not know', () => {
    expect(isPeriod('toString')).toBe(false);
    expect(isEventKind('constructor')).toBe(false);
  });
});

describe('a delivery', () => {
  it('is told by its status', () => {
    expect(tellStatus('failed')).toEqual({ tone: 'bad', key: 'deliveries.status_failed' });
  });
});
