import type { Node, NodeChange } from '@xyflow/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Carry } from './carry';

const COUNT = 30;
const ids = Array.from({ length: COUNT }, (_, nth) => `m${nth}`);
const known = (x: number): Node => ({ id: 'm0', position: { x, y: 0 }, data: {} });
const moved = (x: number, dragging = true, of = ids): NodeChange[] =>
  of.map((id) => ({ type: 'position', id, position: { x, y: 0 }, dragging }));

const learned: NodeChange[][] = [];
let at = 0;
const carry = (nodes = COUNT + 1) =>
  new Carry(
    {
      getNode: () => known(at),
      getNodes: () => Array.from({ length: nodes }, () => known(at)),
      getZoom: () => 1,
    },
    (changes) => learned.push(changes),
  );
const card = () => document.querySelector<HTMLElement>('.react-flow__node.selected')?.style.translate;

beforeEach(() => {
  vi.useFakeTimers();
  at = 0;
  learned.length = 0;
  document.body.innerHTML =
    '<div class="react-flow__nodes"><div class="react-flow__node selected"></div><div class="react-flow__node"></div></div>';
});
afterEach(() => vi.useRealTimers());

test('many cards are shifted in the page, and the canvas learns of it when the hand rests', () => {
  const many = carry();
  expect(many.takes(moved(8))).toBe(false);
  at = 8;
  expect(many.takes(moved(24))).toBe(true);
  expect(card()).toBe('16px 0px');
  expect(document.querySelector<HTMLElement>('.react-flow__node:not(.selected)')?.style.translate).toBeFalsy();
  vi.runAllTimers();
  expect(learned).toEqual([moved(24)]);
  at = 24;
  many.learned();
  expect(card()).toBe('');
});

test('cards that are let go are where the canvas knows them', () => {
  const many = carry();
  many.takes(moved(8));
  at = 8;
  many.takes(moved(24));
  expect(many.takes(moved(24, false))).toBe(false);
  many.learned();
  expect(card()).toBe('');
  vi.runAllTimers();
  expect(learned).toEqual([]);
});

test('on a long way the canvas learns where they are, so that others come into sight', () => {
  const many = carry();
  many.takes(moved(8));
  expect(many.takes(moved(400))).toBe(false);
});

test('where all cards are chosen, what holds them is shifted', () => {
  const all = carry(COUNT);
  all.takes(moved(8));
  all.takes(moved(16));
  expect(document.querySelector<HTMLElement>('.react-flow__nodes')?.style.translate).toBe('16px 0px');
  expect(card()).toBeFalsy();
});

test('a few cards are drawn by the canvas', () => {
  const few = carry();
  expect(few.takes(moved(8, true, ['m0', 'm1']))).toBe(false);
  expect(few.takes(moved(16, true, ['m0', 'm1']))).toBe(false);
  expect(card()).toBeFalsy();
});
