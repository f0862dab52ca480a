/** Undo and redo over everything. A step is a whole document; documents share what did not change, so steps are small. */

export const STEPS_MAX = 300;
/** Changes with the same key that follow each other this fast are one step: typing a word, not each letter of it. */
export const JOIN_MS = 1_000;

export interface History<Document> {
  past: readonly Document[];
  present: Document;
  future: readonly Document[];
  /** What the last change was about, and when. */
  last: { key: string; at: number } | null;
}

export function begin<Document>(document: Document): History<Document> {
  return { past: [], present: document, future: [], last: null };
}

/** A change. With a key, it joins the change before it when that had the same key a moment ago. */
export function change<Document>(
  history: History<Document>,
  document: Document,
  at: number,
  key: string | null = null,
): History<Document> {
  if (document === history.present) return history;
  const joins = key !== null && history.last !== null && history.last.key === key && at - history.last.at <= JOIN_MS;
  const past = joins ? history.past : [...history.past, history.present].slice(-STEPS_MAX);
  return { past, present: document, future: [], last: key === null ? null : { key, at } };
}

export function undo<Document>(history: History<Document>): History<Document> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], last: null };
}

export function redo<Document>(history: History<Document>): History<Document> {
  const [after, ...rest] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.present], present: after, future: rest, last: null };
}
