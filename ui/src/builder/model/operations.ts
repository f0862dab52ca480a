/** What can be done to a document. Each gives a new document and shares all that did not change; none changes what it was given. */

import { NOT_CHOSEN, outputsOf, type Edge, type Element, type FlowDocument, type Position } from './document';

export function addElement(document: FlowDocument, element: Element): FlowDocument {
  const known = document.elements.some((other) => other.id === document.start);
  return { ...document, start: known ? document.start : element.id, elements: [...document.elements, element] };
}

/** Removes elements with the connections to and from them. A flow that loses its start begins at the first that is left. */
export function removeElements(document: FlowDocument, ids: ReadonlySet<string>): FlowDocument {
  if (!document.elements.some((element) => ids.has(element.id))) return document;
  const elements = document.elements.filter((element) => !ids.has(element.id));
  const edges = document.edges.filter((edge) => !ids.has(edge.from) && !ids.has(edge.to));
  const start = ids.has(document.start) ? (elements[0]?.id ?? 'start') : document.start;
  return { ...document, start, elements, edges };
}

/**
 * Changes one element. Connections of outputs that it no longer has go with the change; undo brings both back.
 */
export function changeElement(document: FlowDocument, id: string, change: (element: Element) => Element): FlowDocument {
  const index = document.elements.findIndex((element) => element.id === id);
  const before = document.elements[index];
  if (before === undefined) return document;
  const after = change(before);
  if (after === before) return document;
  const elements = document.elements.slice();
  elements[index] = after;
  const kept = new Set(outputsOf(after));
  const lost = new Set(outputsOf(before).filter((output) => !kept.has(output)));
  const edges =
    lost.size === 0 ? document.edges : document.edges.filter((edge) => edge.from !== id || !lost.has(edge.output));
  return { ...document, elements, edges: edges.length === document.edges.length ? document.edges : edges };
}

/** Leads an output to an element. An output leads to one element, so a connection that it had is replaced. */
export function connect(document: FlowDocument, edge: Edge): FlowDocument {
  const from = document.elements.find((element) => element.id === edge.from);
  const exists = document.elements.some((element) => element.id === edge.to);
  if (from === undefined || !exists || !outputsOf(from).includes(edge.output)) return document;
  const index = document.edges.findIndex((other) => other.from === edge.from && other.output === edge.output);
  const before = document.edges[index];
  if (before === undefined) return { ...document, edges: [...document.edges, edge] };
  if (before.to === edge.to) return document;
  const edges = document.edges.filter(
    (other, at) => at === index || other.from !== edge.from || other.output !== edge.output,
  );
  return { ...document, edges: edges.map((other) => (other === before ? edge : other)) };
}

export function disconnect(document: FlowDocument, edges: readonly { from: string; output: string }[]): FlowDocument {
  const gone = new Set(edges.map((edge) => `${edge.from}\n${edge.output}`));
  const left = document.edges.filter((edge) => !gone.has(`${edge.from}\n${edge.output}`));
  return left.length === document.edges.length ? document : { ...document, edges: left };
}

/** Puts elements where they are told to stand; the others stay. */
export function moveElements(document: FlowDocument, positions: ReadonlyMap<string, Position>): FlowDocument {
  let moved = false;
  const elements = document.elements.map((element) => {
    const to = positions.get(element.id);
    if (to === undefined) return element;
    const position = { x: Math.round(to.x), y: Math.round(to.y) };
    if (element.position?.x === position.x && element.position.y === position.y) return element;
    moved = true;
    return { ...element, position };
  });
  return moved ? { ...document, elements } : document;
}

export function setStart(document: FlowDocument, id: string): FlowDocument {
  return document.start === id || !document.elements.some((element) => element.id === id)
    ? document
    : { ...document, start: id };
}

export function renameFlow(document: FlowDocument, name: string): FlowDocument {
  return document.name === name ? document : { ...document, name };
}

/** Adds elements and the connections among them, as a paste does. */
export function addAll(document: FlowDocument, elements: readonly Element[], edges: readonly Edge[]): FlowDocument {
  const added = elements.reduce(addElement, document);
  return { ...added, edges: [...added.edges, ...edges] };
}

/** The ids of an element's flow, member or contact that nobody chose yet. */
export function isChosen(id: string | null | undefined): id is string {
  return id !== null && id !== undefined && id !== '' && id !== NOT_CHOSEN;
}

/** A list with one item at another place. */
export function movedItem<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const moved = items.slice();
  const [item] = moved.splice(from, 1);
  if (item !== undefined) moved.splice(Math.max(0, Math.min(moved.length, to)), 0, item);
  return moved;
}

/** A list with one item changed. */
export function changedItem<Item>(items: readonly Item[], index: number, item: Item): Item[] {
  return items.map((other, at) => (at === index ? item : other));
}

export function withoutItem<Item>(items: readonly Item[], index: number): Item[] {
  return items.filter((_, at) => at !== index);
}

/** An object without the keys whose new value is undefined: how an optional field is left out again. */
export function put<Thing extends object>(
  thing: Thing,
  changes: { [Key in keyof Thing]?: Thing[Key] | undefined },
): Thing {
  const changed = new Map<string, unknown>([...Object.entries(thing), ...Object.entries(changes)]);
  return Object.fromEntries([...changed].filter(([, value]) => value !== undefined)) as Thing;
}
