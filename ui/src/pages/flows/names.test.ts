import { expect, it } from 'vitest';
import { freeName } from './names';

const copyOf = (name: string) => `${name} (copy)`;

it('finds a name that no flow has', () => {
  expect(freeName('A', copyOf, [])).toBe('A');
  expect(freeName('A', copyOf, ['A'])).toBe('A (copy)');
  expect(freeName('A', copyOf, ['A', 'A (copy)', 'A (copy) 2'])).toBe('A (copy) 3');
});

it('keeps a long name within its limit', () => {
  const long = 'é'.repeat(128);
  expect([...freeName(long, copyOf, [long])].length).toBeLessThanOrEqual(128);
});
