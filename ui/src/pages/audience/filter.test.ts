import { expect, test } from 'vitest';
import { addressOf, isSame, wantedOf } from './filter';

test('a filter goes from the address into a segment and back', () => {
  const wanted = wantedOf({ tag: 'vip', status: 'active', chat_open: 'false', search: undefined, value: '' });
  expect(wanted).toEqual({ tag: 'vip', status: 'active', chat_open: false });
  expect(addressOf(wanted)).toEqual({ tag: 'vip', status: 'active', chat_open: 'false' });
  expect(wantedOf({ status: 'unheard of', chat_open: 'perhaps' })).toEqual({});
});

test('two filters are the same whatever the order of their fields', () => {
  expect(isSame({ tag: 'a', search: 'b' }, { search: 'b', tag: 'a' })).toBe(true);
  expect(isSame({ tag: 'a' }, { tag: 'a', chat_open: true })).toBe(false);
  expect(isSame({}, { tag: null })).toBe(true);
});
