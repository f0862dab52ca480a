import { describe, expect, it } from 'vitest';
import { copy, paste } from '../clipboard';
import { demoFlow, emptyFlow } from './flows';

const at = { x: 1_000, y: 500 };
const nowhere = () => ({ x: 0, y: 0 });

describe('elements that were copied', () => {
  const text = copy(demoFlow(), new Set(['book', 'register', 'booked']), nowhere);

  it('come into another flow with the connections among them', () => {
    const pasted = paste(text, emptyFlow(), at);
    expect(pasted?.elements.map((element) => element.id)).toEqual(['book', 'register', 'booked']);
    expect(pasted?.edges).toEqual([
      { from: 'book', output: 'next', to: 'register' },
      { from: 'register', output: 'done', to: 'booked' },
    ]);
  });

  it('get ids of their own in the flow they come from', () => {
    const flow = demoFlow();
    const pasted = paste(text, flow, at, () => 0);
    const taken = new Set(flow.elements.map((element) => element.id));
    expect(pasted?.elements.every((element) => !taken.has(element.id))).toBe(true);
    const ids = new Set(pasted?.elements.map((element) => element.id));
    expect(pasted?.edges.every((edge) => ids.has(edge.from) && ids.has(edge.to))).toBe(true);
  });

  it('keep their places to each other', () => {
    const [book, register] = paste(text, emptyFlow(), at)?.elements ?? [];
    expect(book?.position).toEqual({ x: 1_000, y: 500 });
    expect(register?.position).toEqual({ x: 1_280, y: 500 });
  });

  it('are not pasted past what a flow may hold', () => {
    const full = {
      ...emptyFlow(),
      elements: Array.from({ length: 499 }, (_, n) => ({ ...demoFlow().elements[0], id: `e${n}` })),
    } as never;
    expect(paste(text, full, at)).toBeNull();
  });
});

describe('other texts of the clipboard', () => {
  it.each([
    '',
    'hello',
    '{}',
    '[1]',
    'null',
    '{"recado/elements":1}',
    '{"recado/elements":1,"elements":[{"id":"x","type":"nothing"}],"edges":[]}',
  ])('are left alone: %s', (text) => {
    expect(paste(text, emptyFlow(), at)).toBeNull();
  });
});
