import { describe, expect, it } from 'vitest';
import { diff, isEqual, isSame } from '../diff';
import { newElement } from '../make';
import { addElement, changeElement, connect, moveElements, removeElements, setStart } from '../operations';
import type { Element, MessageElement } from '../document';
import { everything } from './everything';
import { demoFlow } from './flows';

describe('the difference of two documents', () => {
  it('is nothing for the same', () => {
    expect(isSame(diff(demoFlow(), demoFlow()))).toBe(true);
  });

  it('is nothing when cards were only moved', () => {
    const moved = moveElements(demoFlow(), new Map([['book', { x: 1, y: 1 }]]));
    expect(isSame(diff(demoFlow(), moved))).toBe(true);
    expect(isEqual(demoFlow(), moved)).toBe(false);
  });

  it('is nothing when the server only wrote defaults down', () => {
    const flow = demoFlow();
    const written = changeElement(
      flow,
      'wait',
      (element) => ({ ...element, zone: 'contact', condition: 'always' }) as Element,
    );
    const written2 = changeElement(written, 'ask_name', (element) => {
      const { parts } = element as MessageElement;
      return {
        ...element,
        parts: parts.map((part) =>
          part.kind === 'input' ? { ...part, tries: 3, time_limit_min: 1440, error_text: '' } : part,
        ),
      } as Element;
    });
    expect(isSame(diff(flow, written2))).toBe(true);
    expect(isSame(diff(everything(), everything()))).toBe(true);
  });

  it('names what was added and removed', () => {
    const after = removeElements(
      addElement(demoFlow(), newElement('pause', 'new', { x: 0, y: 0 })),
      new Set(['goodbye']),
    );
    const changes = diff(demoFlow(), after).elements.map(({ id, change }) => [id, change]);
    expect(changes).toContainEqual(['new', 'added']);
    expect(changes).toContainEqual(['goodbye', 'removed']);
  });

  it('names the fields that differ', () => {
    const after = changeElement(
      demoFlow(),
      'booked',
      (element) =>
        ({
          ...element,
          parts: [{ kind: 'text', text: 'Done.' }],
        }) as typeof element,
    );
    expect(diff(demoFlow(), after).elements[0]?.fields).toEqual(['parts[0].text']);
  });

  it('names the outputs that lead elsewhere', () => {
    const after = connect(demoFlow(), { from: 'book', output: 'next', to: 'booked' });
    expect(diff(demoFlow(), after).elements).toEqual([
      expect.objectContaining({ id: 'book', change: 'changed', outputs: ['next'] }),
    ]);
  });

  it('tells that the flow begins elsewhere', () => {
    expect(diff(demoFlow(), setStart(demoFlow(), 'book')).startChanged).toBe(true);
  });

  it('does not mind the order of keys', () => {
    expect(isEqual({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toBe(true);
  });
});
