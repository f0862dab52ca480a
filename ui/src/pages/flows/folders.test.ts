import { expect, test } from 'vitest';
import type { Schemas } from '../../api/client';
import { foldersOf, found } from './folders';

const flow = (name: string, folder: string | null = null) => ({ name, folder }) as Schemas['FlowView'];
const flows = [flow('Lead', 'Sales 10'), flow('Café'), flow('Booking', 'Sales 2'), flow('Menu')];

test('flows in no folder come first, then folders as people sort names', () => {
  const shape = foldersOf(flows, 'en').map(({ name, flows: inside }) => [name, inside.map((one) => one.name)]);
  expect(shape).toEqual([
    [null, ['Café', 'Menu']],
    ['Sales 2', ['Booking']],
    ['Sales 10', ['Lead']],
  ]);
});

test('a flow is found by its name or its folder, whatever the case and the accents', () => {
  const names = (words: string) => found(flows, words).map(({ name }) => name);
  expect(names(' cafe ')).toEqual(['Café']);
  expect(names('SALES')).toEqual(['Lead', 'Booking']);
  expect(names('')).toHaveLength(4);
  expect(names('nothing')).toEqual([]);
});
