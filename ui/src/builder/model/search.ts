/** Finding elements by any word that stands in them. */

import type { Element, FlowDocument } from './document';

/** All texts of an element, lower-case. */
function textsOf(value: unknown): string {
  if (typeof value === 'string') return `${value}\n`;
  if (Array.isArray(value)) return value.map(textsOf).join('');
  if (typeof value === 'object' && value !== null) return Object.values(value).map(textsOf).join('');
  return '';
}

const known = new WeakMap<Element, string>();

function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** Elements that hold every word of the query; those whose title or id does come first. */
export function search(document: FlowDocument, query: string, most = 50): Element[] {
  const words = folded(query)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const titled: Element[] = [];
  const others: Element[] = [];
  for (const element of document.elements) {
    let texts = known.get(element);
    if (texts === undefined) {
      texts = folded(textsOf(element));
      known.set(element, texts);
    }
    const all = texts;
    if (!words.every((word) => all.includes(word))) continue;
    const title = folded(`${element.title ?? ''} ${element.id}`);
    (words.every((word) => title.includes(word)) ? titled : others).push(element);
  }
  return [...titled, ...others].slice(0, most);
}
