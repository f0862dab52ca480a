import { expect, test } from 'vitest';
import type { Element, FlowDocument } from '../model/document';
import { changed, DRAWN_ALL_MAX, nodesOf, type Shown } from './nodes';

const shown = (count: number): Shown => {
  const elements = Array.from({ length: count }, (_, nth): Element => ({
    id: `m${nth}`,
    type: 'message',
    position: { x: nth * 300, y: 0 },
    parts: [{ kind: 'text', text: 'Hello' }],
  }));
  const document: FlowDocument = { version: 1, name: 'Flow', start: 'm0', elements, edges: [] };
  return { document, places: new Map(), chosen: new Set(), label: ({ id }) => id };
};

test('the cards of a large flow have a guessed size until they are measured', () => {
  const nodes = nodesOf(shown(DRAWN_ALL_MAX + 1), []);
  expect(
    nodes.every((node) => node.measured !== undefined && node.handles?.map(({ id }) => id).join() === 'in,next'),
  ).toBe(true);
  const after = changed(nodes, [{ type: 'dimensions', id: 'm3', dimensions: { width: 240, height: 140 } }], null);
  expect(after[3]).toMatchObject({ measured: { width: 240, height: 140 } });
  expect(after[3]).not.toHaveProperty('handles');
  expect(after[4]).toBe(nodes[4]);
});

test('a guess is never what the browser measures, so that the truth is told', () => {
  for (const node of nodesOf(shown(DRAWN_ALL_MAX + 1), [])) expect((node.measured?.height ?? 0) % 1).not.toBe(0);
});

test('all cards of a small flow are drawn and measured', () => {
  expect(nodesOf(shown(DRAWN_ALL_MAX), []).some((node) => node.measured !== undefined)).toBe(false);
});

test('of many cards that are dragged, the one under the pointer alone is kept where it is out of sight', () => {
  const nodes = nodesOf(shown(3), []);
  const moves = nodes.map(({ id }) => ({ type: 'position' as const, id, position: { x: 5, y: 5 }, dragging: true }));
  const after = changed(nodes, moves, 'm1');
  expect(after.map(({ dragging }) => dragging)).toEqual([false, true, false]);
  expect(after.every(({ position }) => position.x === 5)).toBe(true);
});
