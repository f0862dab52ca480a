/**
 * Ready flows: whole documents to begin with, a file for each and each language. `crates/flow/tests/it/ready_flows.rs` validates them and talks to them.
 *
 * An address in them stands under `.example`, which leads nowhere: nobody gets what a contact said by chance. Validation tells each of them.
 */

import type { Schemas } from '../api/client';
import type { Element, FlowDocument } from '../builder/model/document';
import { guessedHeight, layout } from '../builder/model/layout';
import type { Language } from '../i18n';

/** Texts of ready flows are longer than a card is guessed to be, and counts stand below them. */
const ROOM = 64;

export interface Template {
  id: string;
  /** What it is good for, in a line. */
  about: string;
  /** How it is usually started. */
  begins: string;
  /** The contacts' variables that it sets. */
  variables: { name: string; type: Schemas['ValueType'] }[];
  document: FlowDocument;
}

/** The ready flows in a language; only that language is loaded. */
export async function loadTemplates(language: Language): Promise<Template[]> {
  const { templates } = language === 'es' ? await import('./es') : await import('./en');
  return Object.entries(templates).map(([id, template]) => ({ id, ...template }) as unknown as Template);
}

/** Whether an address in it is still to be filled in. */
export const hasPlaceholders = ({ document }: Template): boolean => JSON.stringify(document).includes('.example/');

/** A draft to begin with: each element stands at its place. */
export function draftOf({ document }: Template, name: string): FlowDocument {
  const places = layout(document, (element) => guessedHeight(element) + ROOM);
  const placed = (element: Element): Element => ({ ...element, position: places.get(element.id) ?? { x: 0, y: 0 } });
  return { ...document, name, elements: document.elements.map(placed) };
}
