/** The values that a request is tried with. */

import type { ApiRequestElement } from './document';

/** Variables of the contact that the templates of a request begin with, in their order. */
export function variablesIn(element: ApiRequestElement): string[] {
  const { body } = element;
  const texts = [
    element.url,
    ...(element.headers ?? []).map(({ value }) => value),
    ...(body && 'text' in body ? [body.text] : []),
    ...(body?.kind === 'form' ? body.fields.map(({ value }) => value) : []),
  ];
  const names = texts.flatMap((text) =>
    [...text.matchAll(/\{\{\s*(?:([\p{L}_][\p{L}\p{N}_ -]*)|\$\['([^']+)'\])/gu)].map(
      ([, plain, quoted]) => plain?.trim() ?? quoted ?? '',
    ),
  );
  return [...new Set(names.filter((name) => name !== ''))];
}

/** What was typed as a value: a number, truth value, list or object where it is one, else a text. */
export function sampleOf(typed: string): unknown {
  const text = typed.trim();
  if (!/^(-?\d+(\.\d+)?|true|false|\[.*\]|\{.*\})$/s.test(text)) return typed;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return typed;
  }
}
