import { describe, expect, it } from 'vitest';
import type { FlowDocument } from '../document';
import { CARD_WIDTH, guessedHeight, layout, placesOfUnplaced } from '../layout';
import { newElement } from '../make';
import { demoFlow, emptyFlow } from './flows';

function chain(edges: [string, string][], ids: string[]): FlowDocument {
  return {
    ...emptyFlow(),
    start: ids[0] ?? 'start',
    elements: ids.map((id) => ({ ...newElement('message', id, { x: 0, y: 0 }), position: null })),
    edges: edges.map(([from, to]) => ({ from, output: 'next', to })),
  };
}

describe('the layout', () => {
  it('puts what follows to the right', () => {
    const places = layout(demoFlow());
    for (const edge of demoFlow().edges) {
      expect(places.get(edge.from)?.x ?? 0).toBeLessThan(places.get(edge.to)?.x ?? 0);
    }
  });

  it('lets no card lie on another', () => {
    const flow = demoFlow();
    const places = layout(flow);
    const boxes = flow.elements.map((element) => ({ ...places.get(element.id), height: guessedHeight(element) }));
    for (const [index, one] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) {
        const apart =
          Math.abs((one.x ?? 0) - (other.x ?? 0)) >= CARD_WIDTH ||
          (one.y ?? 0) + one.height <= (other.y ?? 0) ||
          (other.y ?? 0) + other.height <= (one.y ?? 0);
        expect(apart).toBe(true);
      }
    }
  });

  it('ends on a flow that goes in a circle', () => {
    const places = layout(
      chain(
        [
          ['a', 'b'],
          ['b', 'c'],
          ['c', 'a'],
        ],
        ['a', 'b', 'c'],
      ),
    );
    expect(places.get('a')?.x).toBeLessThan(places.get('c')?.x ?? 0);
  });

  it('places elements that nothing leads to', () => {
    expect(layout(chain([['a', 'b']], ['a', 'b', 'alone'])).size).toBe(3);
  });

  it('is the same each time', () => {
    expect([...layout(demoFlow())]).toEqual([...layout(demoFlow())]);
  });

  it('takes a long chain without running out of stack', () => {
    const ids = Array.from({ length: 500 }, (_, index) => `e${index}`);
    const edges = ids.slice(1).map((id, index): [string, string] => [`e${index}`, id]);
    expect(layout(chain(edges, ids)).size).toBe(500);
  });

  it('leaves placed elements where they are', () => {
    expect(placesOfUnplaced(demoFlow()).size).toBe(0);
    const flow = demoFlow();
    const [first, ...rest] = flow.elements;
    const places = placesOfUnplaced({ ...flow, elements: [{ ...first, position: null } as never, ...rest] });
    expect([...places.keys()]).toEqual(['ask_name']);
  });
});
