import { describe, expect, it } from 'vitest';
import { parseValue, typeOfValue, valueText } from './values';

describe('a typed value', () => {
  it('is read by its type', () => {
    expect(parseValue('number', '7.5')).toEqual({ value: 7.5 });
    expect(parseValue('text', '7.5')).toEqual({ value: '7.5' });
    expect(parseValue('boolean', 'false')).toEqual({ value: false });
    expect(parseValue('list', '[1]')).toEqual({ value: [1] });
    expect(parseValue('object', '{"a":1}')).toEqual({ value: { a: 1 } });
  });

  it('is refused when it is not of its type', () => {
    expect(parseValue('number', '')).toBeUndefined();
    expect(parseValue('number', 'Infinity')).toBeUndefined();
    expect(parseValue('boolean', 'yes')).toBeUndefined();
    expect(parseValue('list', '{"a":1}')).toBeUndefined();
    expect(parseValue('object', 'null')).toBeUndefined();
  });

  it('is the same after it was shown and read', () => {
    for (const value of ['x', 7, true, [1, 'a'], { a: null }]) {
      expect(parseValue(typeOfValue(value), valueText(value))).toEqual({ value });
    }
  });
});
