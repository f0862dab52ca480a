/** Copying elements as text, so that they can be pasted into another flow, another tab or an editor. */

import { ELEMENT_TYPES, LIMITS, type Edge, type Element, type FlowDocument, type Position } from './document';
import { newId } from './make';

const MARK = 'recado/elements';

interface Copied {
  [MARK]: 1;
  elements: Element[];
  edges: Edge[];
}

/** The elements and the connections among them, as JSON. Ones without a place get that of `placeOf`. */
export function copy(document: FlowDocument, ids: ReadonlySet<string>, placeOf: (id: string) => Position): string {
  const copied: Copied = {
    [MARK]: 1,
    elements: document.elements
      .filter((element) => ids.has(element.id))
      .map((element) => ({ ...element, position: element.position ?? placeOf(element.id) })),
    edges: document.edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to)),
  };
  return JSON.stringify(copied, null, 2);
}

export interface Pasted {
  elements: Element[];
  edges: Edge[];
}

/**
 * What a text of the clipboard brings to a document: with ids of their own, around `at`. `null` when the text is none of ours, or when the flow
 * would have more elements than it may.
 */
export function paste(
  text: string,
  document: FlowDocument,
  at: Position,
  random: () => number = Math.random,
): Pasted | null {
  const copied = read(text);
  if (copied === null || copied.elements.length === 0) return null;
  if (document.elements.length + copied.elements.length > LIMITS.elements) return null;
  const taken = new Set(document.elements.map((element) => element.id));
  const renamed = new Map<string, string>();
  for (const element of copied.elements) {
    const id = taken.has(element.id) ? newId(element.type, taken, random) : element.id;
    taken.add(id);
    renamed.set(element.id, id);
  }
  const places = copied.elements.map((element) => element.position ?? { x: 0, y: 0 });
  const left = Math.min(...places.map((place) => place.x));
  const top = Math.min(...places.map((place) => place.y));
  const elements = copied.elements.map((element, index) => {
    const place = places[index] ?? { x: 0, y: 0 };
    const position = { x: Math.round(at.x + place.x - left), y: Math.round(at.y + place.y - top) };
    return { ...element, id: renamed.get(element.id) ?? element.id, position };
  });
  const edges = copied.edges.flatMap((edge) => {
    const from = renamed.get(edge.from);
    const to = renamed.get(edge.to);
    return from === undefined || to === undefined ? [] : [{ from, output: edge.output, to }];
  });
  return { elements, edges };
}

function read(text: string): Copied | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || !(MARK in parsed)) return null;
  const { elements, edges } = parsed as Partial<Copied>;
  if (!Array.isArray(elements) || !Array.isArray(edges)) return null;
  const understood = elements.every(
    (element) => typeof element?.id === 'string' && ELEMENT_TYPES.includes(element.type),
  );
  return understood ? (parsed as Copied) : null;
}
