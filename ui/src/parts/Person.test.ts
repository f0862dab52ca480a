import { expect, it } from 'vitest';
import { initials } from './Person';

it('takes whole characters for the initials', () => {
  expect(initials('Ann Lee Park')).toBe('AL');
  expect(initials('😀 <img onerror=x>')).toBe('O');
  expect(initials('éva 北京')).toBe('É北');
  expect(initials('')).toBe('');
});
