import { describe, expect, it } from 'vitest';
import { parseSchedule, scheduleText, USUAL_SCHEDULE } from './schedule';

describe('a retry schedule', () => {
  it('is read and written as people write delays', () => {
    expect(parseSchedule('5 s, 2min,10 H , 1 d, 1500ms')).toEqual([5_000, 120_000, 36_000_000, 86_400_000, 1_500]);
    expect(scheduleText([5_000, 120_000, 36_000_000, 86_400_000, 1_500])).toBe('5 s, 2 min, 10 h, 1 d, 1500 ms');
    expect(scheduleText(parseSchedule(USUAL_SCHEDULE) ?? [])).toBe(USUAL_SCHEDULE);
  });

  it('may be none', () => {
    expect(parseSchedule(' - ')).toEqual([]);
    expect(scheduleText([])).toBe('-');
  });

  it('keeps to the limits of the server', () => {
    expect(parseSchedule('24 h')).toEqual([86_400_000]);
    expect(parseSchedule('25 h')).toBeUndefined();
    expect(parseSchedule(Array(20).fill('1 s').join())).toHaveLength(20);
    expect(parseSchedule(Array(21).fill('1 s').join())).toBeUndefined();
  });

  it.each(['', '5', 's', '5 s,', '5 s; 6 s', '-5 s', '5 weeks', '1.5 h'])('can not be read from %j', (text) => {
    expect(parseSchedule(text)).toBeUndefined();
  });
});
