import { describe, expect, it } from 'vitest';
import { outputsOf, type Element, type MessageElement } from '../document';
import { newElement, newId, nextPartId, evenPercentages } from '../make';
import {
  addElement,
  changeElement,
  connect,
  disconnect,
  moveElements,
  movedItem,
  put,
  removeElements,
} from '../operations';
import { demoFlow, emptyFlow } from './flows';

const at = { x: 0, y: 0 };

describe('an element', () => {
  it('is where the flow begins when it is the first', () => {
    const flow = addElement(emptyFlow(), newElement('message', 'hello', at));
    expect(flow.start).toBe('hello');
  });

  it('takes its connections along when it is removed', () => {
    const flow = removeElements(demoFlow(), new Set(['book']));
    expect(flow.edges.some((edge) => edge.from === 'book' || edge.to === 'book')).toBe(false);
    expect(flow.elements).toHaveLength(demoFlow().elements.length - 1);
  });

  it('hands the beginning on when the start is removed', () => {
    expect(removeElements(demoFlow(), new Set(['ask_name'])).start).toBe('ask_places');
  });

  it('keeps its place when others are moved', () => {
    const before = demoFlow();
    const after = moveElements(before, new Map([['book', { x: 10.4, y: 20.6 }]]));
    expect(after.elements.find((element) => element.id === 'book')?.position).toEqual({ x: 10, y: 21 });
    expect(after.elements[0]).toBe(before.elements[0]);
  });

  it('is the same object after a change of another', () => {
    const before = demoFlow();
    const after = changeElement(before, 'book', (element) => ({ ...element, title: 'Other' }));
    expect(after.elements[0]).toBe(before.elements[0]);
    expect(after.edges).toBe(before.edges);
  });
});

describe('a connection', () => {
  it('replaces the one that its output had', () => {
    const flow = connect(demoFlow(), { from: 'book', output: 'next', to: 'booked' });
    expect(flow.edges.filter((edge) => edge.from === 'book')).toEqual([{ from: 'book', output: 'next', to: 'booked' }]);
  });

  it('is not made from an output that does not exist', () => {
    const before = demoFlow();
    expect(connect(before, { from: 'book', output: 'paid:x', to: 'booked' })).toBe(before);
  });

  it('is gone after it was cut, and only it', () => {
    const flow = disconnect(demoFlow(), [{ from: 'register', output: 'error' }]);
    expect(flow.edges).toHaveLength(demoFlow().edges.length - 1);
  });

  it('goes with the button whose output it was', () => {
    const flow = changeElement(demoFlow(), 'confirm', (element) => {
      const message = element as MessageElement;
      return { ...message, parts: [{ kind: 'text', text: 'Shall I?', quick_replies: [{ id: 'yes', label: 'Yes' }] }] };
    });
    expect(flow.edges.filter((edge) => edge.from === 'confirm').map((edge) => edge.output)).toEqual(['button:yes']);
  });

  it('stays when a button gets another label', () => {
    const before = demoFlow();
    const after = changeElement(before, 'confirm', (element) => {
      const message = element as MessageElement;
      return {
        ...message,
        parts: [
          {
            kind: 'text',
            text: '?',
            quick_replies: [
              { id: 'yes', label: 'Sure' },
              { id: 'no', label: 'Never' },
            ],
          },
        ],
      };
    });
    expect(after.edges).toBe(before.edges);
  });
});

describe('the outputs', () => {
  const outputs = (element: Element) => outputsOf(element);

  it('of a message are next, its buttons and quick replies, and those of an input', () => {
    const element: Element = {
      type: 'message',
      id: 'm',
      parts: [
        {
          kind: 'text',
          text: 'x',
          buttons: [
            { id: 'a', label: 'A' },
            { id: 'b', label: 'B', action: { kind: 'link', url: 'https://example.org' } },
            { id: 'c', label: 'C', action: { kind: 'payment', title: 'T', amount: 1, currency: 'EUR' } },
          ],
          quick_replies: [{ id: 'd', label: 'D' }],
        },
        { kind: 'input', prompt: '?', expects: { kind: 'text' } },
      ],
    };
    expect(outputs(element)).toEqual(['next', 'button:a', 'paid:c', 'button:d', 'failed', 'timeout']);
  });

  it('of a flow that goes are none, of one that calls next', () => {
    expect(outputs({ type: 'flow', id: 'f', flow_id: 'x' })).toEqual([]);
    expect(outputs({ type: 'flow', id: 'f', flow_id: 'x', mode: 'call' })).toEqual(['next']);
  });

  it('of a pause have active when it is for inactive contacts', () => {
    const until = { kind: 'period', amount: 1, unit: 'hours' } as const;
    expect(outputs({ type: 'pause', id: 'p', until })).toEqual(['next']);
    expect(outputs({ type: 'pause', id: 'p', until, condition: 'if_inactive' })).toEqual(['next', 'active']);
  });
});

describe('small things', () => {
  it('new ids are not among the taken ones', () => {
    const digits = [0, 0, 0, 0, 0, 0, 0.99, 0.99, 0.99, 0.99, 0.99, 0.99];
    expect(newId('message', new Set(['message_aaaaaa']), () => digits.shift() ?? 0)).toBe('message_999999');
  });

  it('part ids are the first free letters', () => {
    expect(nextPartId(['a', 'c'])).toBe('b');
  });

  it('even percentages sum to 100', () => {
    for (const count of [2, 3, 4, 5, 6]) expect(evenPercentages(count).reduce((sum, one) => sum + one)).toBe(100);
  });

  it('an item can be moved up and down', () => {
    expect(movedItem(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
  });

  it('an optional field is left out again', () => {
    expect(put<{ a: number; b?: string }>({ a: 1, b: 'x' }, { b: undefined })).toEqual({ a: 1 });
  });
});
