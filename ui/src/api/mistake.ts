import type { Key, T } from '../i18n';
import type { components } from './schema';

/** What the server can find wrong with a field; `other` has words of its own, of a parser or of a messenger. */
export type MistakeCode = Exclude<components['schemas']['FieldMistake']['code'], 'other'>;

export interface FieldError {
  field: string;
  message: string;
  code?: string;
  values?: Record<string, string | number>;
}

/** In the language of the page; a code that this page does not know yet is told in the server's words. */
export function tellField({ code, values, message }: FieldError, t: T): string {
  const key = `mistake.${code ?? ''}`;
  const kind = `values.${values?.['kind'] ?? ''}`;
  const told = t.has(kind) ? { ...values, kind: t(kind satisfies Key) } : values;
  return t.has(key) ? t(key satisfies Key, told) : message;
}
