/**
 * Where elements stand when nobody placed them: in columns from left to right by how far they are from the start, each column ordered by
 * what leads to it, so that few connections cross. The same document always gives the same places.
 */

import { outputsOf, type Element, type FlowDocument, type Position } from './document';

export const CARD_WIDTH = 240;
const COLUMN_GAP = 96;
const ROW_GAP = 40;
const SWEEPS = 4;

export type HeightOf = (element: Element) => number;

/** About how tall a card is before the browser measured it. */
export function guessedHeight(element: Element): number {
  const lines =
    element.type === 'message' ? element.parts.length : element.type === 'action' ? element.actions.length : 1;
  return 64 + Math.min(lines, 4) * 34 + outputsOf(element).length * 28;
}

/** Places for all elements. */
export function layout(document: FlowDocument, heightOf: HeightOf = guessedHeight): Map<string, Position> {
  const columns = orderedColumns(document);
  const places = new Map<string, Position>();
  const byId = new Map(document.elements.map((element) => [element.id, element]));
  columns.forEach((column, index) => {
    const heights = column.map((id) => heightOf(byId.get(id) as Element));
    const total = heights.reduce((sum, height) => sum + height + ROW_GAP, -ROW_GAP);
    let y = -total / 2;
    column.forEach((id, row) => {
      places.set(id, { x: index * (CARD_WIDTH + COLUMN_GAP), y: Math.round(y) });
      y += (heights[row] ?? 0) + ROW_GAP;
    });
  });
  return places;
}

/** Places for those elements that have none; the others keep theirs. */
export function placesOfUnplaced(document: FlowDocument, heightOf: HeightOf = guessedHeight): Map<string, Position> {
  const unplaced = document.elements.filter((element) => !element.position);
  if (unplaced.length === 0) return new Map();
  const places = layout(document, heightOf);
  const placed = document.elements.filter((element) => element.position);
  // What is placed already keeps its room: the unplaced go below it.
  let below = 0;
  if (placed.length > 0) {
    const bottom = Math.max(...placed.map((element) => (element.position?.y ?? 0) + heightOf(element)));
    const top = Math.min(...unplaced.map((element) => places.get(element.id)?.y ?? 0));
    below = bottom + ROW_GAP * 2 - top;
  }
  return new Map(
    unplaced.map((element) => {
      const place = places.get(element.id) ?? { x: 0, y: 0 };
      return [element.id, { x: place.x, y: place.y + below }];
    }),
  );
}

function orderedColumns(document: FlowDocument): string[][] {
  const followers = followersOf(document);
  const depth = depths(document, followers);
  const columns: string[][] = [];
  for (const element of document.elements) {
    const at = depth.get(element.id) ?? 0;
    (columns[at] ??= []).push(element.id);
  }
  const filled = columns.filter((column) => column !== undefined && column.length > 0);
  const before = new Map<string, string[]>();
  for (const [from, targets] of followers) for (const to of targets) before.set(to, [...(before.get(to) ?? []), from]);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (let index = 1; index < filled.length; index += 1)
      order(filled, index, (id) => before.get(id) ?? [], followers);
    for (let index = filled.length - 2; index >= 0; index -= 1)
      order(filled, index, (id) => followers.get(id) ?? [], null);
  }
  for (let index = 1; index < filled.length; index += 1) order(filled, index, (id) => before.get(id) ?? [], followers);
  return filled;
}

/** Targets of each element, in the order of its outputs. */
function followersOf(document: FlowDocument): Map<string, string[]> {
  const known = new Set(document.elements.map((element) => element.id));
  const followers = new Map<string, string[]>();
  for (const element of document.elements) {
    const outputs = new Map(outputsOf(element).map((output, index) => [output, index]));
    const edges = document.edges.filter((edge) => edge.from === element.id && known.has(edge.to));
    edges.sort((one, other) => (outputs.get(one.output) ?? 0) - (outputs.get(other.output) ?? 0));
    followers.set(element.id, [...new Set(edges.map((edge) => edge.to))]);
  }
  return followers;
}

/** The longest way from the start to each element; ways back to an element on the way do not count. */
function depths(document: FlowDocument, followers: ReadonlyMap<string, string[]>): Map<string, number> {
  const forward = new Map<string, string[]>();
  const state = new Map<string, 'open' | 'done'>();
  const finished: string[] = [];
  const roots = [document.start, ...document.elements.map((element) => element.id)];
  for (const root of roots) {
    if (state.has(root) || !followers.has(root)) continue;
    state.set(root, 'open');
    const stack = [{ id: root, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const target = followers.get(top.id)?.[top.next];
      if (target === undefined) {
        state.set(top.id, 'done');
        finished.push(top.id);
        stack.pop();
        continue;
      }
      top.next += 1;
      if (state.get(target) === 'open') continue;
      forward.set(top.id, [...(forward.get(top.id) ?? []), target]);
      if (!state.has(target)) {
        state.set(target, 'open');
        stack.push({ id: target, next: 0 });
      }
    }
  }
  const depth = new Map<string, number>();
  for (const id of finished.reverse()) {
    const own = depth.get(id) ?? 0;
    depth.set(id, own);
    for (const target of forward.get(id) ?? []) depth.set(target, Math.max(depth.get(target) ?? 0, own + 1));
  }
  return depth;
}

/** Sorts a column by the mean place of the neighbours of each. */
function order(
  columns: string[][],
  index: number,
  neighbours: (id: string) => readonly string[],
  followers: ReadonlyMap<string, string[]> | null,
): void {
  const column = columns[index];
  if (column === undefined || column.length < 2) return;
  const place = new Map<string, number>();
  for (const other of columns) other.forEach((id, row) => place.set(id, row - (other.length - 1) / 2));
  const weight = (id: string): number => {
    const near = neighbours(id);
    if (near.length === 0) return place.get(id) ?? 0;
    let sum = 0;
    for (const other of near) {
      const outputs = followers?.get(other);
      const nth = outputs === undefined ? 0 : outputs.indexOf(id) / Math.max(1, outputs.length);
      sum += (place.get(other) ?? 0) + nth * 0.5;
    }
    return sum / near.length;
  };
  const weights = new Map(column.map((id, row) => [id, { weight: weight(id), row }]));
  column.sort((one, other) => {
    const a = weights.get(one) as { weight: number; row: number };
    const b = weights.get(other) as { weight: number; row: number };
    return a.weight - b.weight || a.row - b.row;
  });
}
