/** What differs between two documents, element by element. Places on the canvas do not count: moving a card changes nothing for a contact. */

import { complete } from './defaults';
import type { Edge, Element, FlowDocument } from './document';

export type Change = 'added' | 'removed' | 'changed';

export interface ElementChange {
  id: string;
  change: Change;
  before: Element | null;
  after: Element | null;
  /** Paths of the fields that differ, as in `parts[0].text`. */
  fields: string[];
  /** Outputs that lead elsewhere than before. */
  outputs: string[];
}

export interface DocumentDiff {
  elements: ElementChange[];
  startChanged: boolean;
  nameChanged: boolean;
}

export function diff(before: FlowDocument, after: FlowDocument): DocumentDiff {
  const old = new Map(before.elements.map((element) => [element.id, element]));
  const now = new Map(after.elements.map((element) => [element.id, element]));
  const elements: ElementChange[] = [];
  for (const element of after.elements) {
    const known = old.get(element.id);
    if (known === undefined) {
      elements.push({ id: element.id, change: 'added', before: null, after: element, fields: [], outputs: [] });
      continue;
    }
    const fields = known === element ? [] : differingFields(complete(known), complete(element));
    const outputs = differingOutputs(element.id, before.edges, after.edges);
    if (fields.length > 0 || outputs.length > 0) {
      elements.push({ id: element.id, change: 'changed', before: known, after: element, fields, outputs });
    }
  }
  for (const element of before.elements) {
    if (now.has(element.id)) continue;
    elements.push({ id: element.id, change: 'removed', before: element, after: null, fields: [], outputs: [] });
  }
  return { elements, startChanged: before.start !== after.start, nameChanged: before.name !== after.name };
}

export function isSame(one: DocumentDiff): boolean {
  return one.elements.length === 0 && !one.startChanged && !one.nameChanged;
}

/** Whether two documents are the same to the last field, places on the canvas too. */
export function isEqual(one: unknown, other: unknown): boolean {
  return one === other || canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, item]) => item !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}

function differingOutputs(id: string, before: readonly Edge[], after: readonly Edge[]): string[] {
  const targets = (edges: readonly Edge[]) =>
    new Map(edges.filter((edge) => edge.from === id).map((edge) => [edge.output, edge.to]));
  const old = targets(before);
  const now = targets(after);
  return [...new Set([...old.keys(), ...now.keys()])].filter((output) => old.get(output) !== now.get(output));
}

/** Paths at which two values differ, down to the innermost. */
export function differingFields(before: unknown, after: unknown, at = ''): string[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const longest = Math.max(before.length, after.length);
    return Array.from({ length: longest }).flatMap((_, index) =>
      differingFields(before[index], after[index], `${at}[${index}]`),
    );
  }
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differingFields(before[key], after[key], at === '' ? key : `${at}.${key}`));
  }
  return [at];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
