/** A value as JSON has them. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What a body is: JSON, or else the text as it came. */
export function parseBody(text: string): { json: Json } | { text: string } {
  try {
    return { json: JSON.parse(text) as Json };
  } catch {
    return { text };
  }
}

const isForm = (contentType: string) => contentType.toLowerCase().includes('x-www-form-urlencoded');

/** A body as people want to look at it: JSON in a form's `payload` is JSON too. */
export function readBody(text: string, contentType = ''): { json: Json } | { text: string } {
  const plain = parseBody(text);
  if ('json' in plain || !isForm(contentType)) return plain;
  const payload = new URLSearchParams(text).get('payload');
  if (payload === null) return plain;
  const inner = parseBody(payload);
  return 'json' in inner ? { json: { payload: inner.json } } : plain;
}

export const isBranch = (value: Json): value is Json[] | { [key: string]: Json } =>
  typeof value === 'object' && value !== null;

export const entriesOf = (value: Json[] | { [key: string]: Json }): [key: string | null, value: Json][] =>
  Array.isArray(value) ? value.map((item) => [null, item]) : Object.entries(value);

/** How a folded branch is shown: its kind and how much is in it. */
export const foldedText = (value: Json[] | { [key: string]: Json }) =>
  Array.isArray(value) ? `[ ${value.length} ]` : `{ ${Object.keys(value).length} }`;

const DEPTH_SHOWN = 6;
const ITEMS_SHOWN = 50;

/** Deep branches are folded at first, and long lists. */
export const opensAtFirst = (depth: number, value: Json[] | { [key: string]: Json }) =>
  depth < DEPTH_SHOWN && entriesOf(value).length <= ITEMS_SHOWN;
