import { describe, expect, it } from 'vitest';
import { createT } from '../../i18n';
import { en } from '../../i18n/en';
import { clockOfMinutes, joinMinutes, minutesOfClock, splitMinutes, tellKind } from './kinds';

describe('a span of a trigger', () => {
  it('is shown in the largest unit that tells it exactly', () => {
    expect(splitMinutes(2_880)).toEqual({ amount: 2, unit: 'days' });
    expect(splitMinutes(90)).toEqual({ amount: 90, unit: 'minutes' });
    expect(splitMinutes(120)).toEqual({ amount: 2, unit: 'hours' });
  });

  it('is the same after it was shown and read', () => {
    for (const minutes of [1, 59, 60, 61, 1_440, 1_441, 10_080]) {
      const { amount, unit } = splitMinutes(minutes);
      expect(joinMinutes(amount, unit)).toBe(minutes);
    }
  });
});

describe('a clock', () => {
  it('is minutes of the day', () => {
    expect(minutesOfClock('09:30')).toBe(570);
    expect(minutesOfClock('24:00')).toBe(1_440);
    expect(minutesOfClock('25:00')).toBeNull();
    expect(clockOfMinutes(570)).toBe('09:30');
  });
});

describe('a trigger', () => {
  it('is told in a line', () => {
    const t = createT('en', en);
    expect(tellKind({ type: 'keyword', match: 'is', keywords: ['a', 'b'] }, t)).toBe('The text is: a, b');
    expect(tellKind({ type: 'after_subscription', delay_min: 1_440 }, t)).toBe('1 day after the subscription');
  });
});
