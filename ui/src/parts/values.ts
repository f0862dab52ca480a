import type { ValueType } from '../api/kinds';

const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text));

/** Reads what was typed as a value of the type; undefined when it is none. */
export function parseValue(type: ValueType, text: string): { value: unknown } | undefined {
  switch (type) {
    case 'number':
      return isNumber(text) ? { value: Number(text) } : undefined;
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : undefined;
    case 'list':
    case 'object':
    case 'location': {
      try {
        const value: unknown = JSON.parse(text);
        const isList = Array.isArray(value);
        const fits = type === 'list' ? isList : typeof value === 'object' && value !== null && !isList;
        return fits ? { value } : undefined;
      } catch {
        return undefined;
      }
    }
    default:
      return { value: text };
  }
}

/** A value as it is typed and shown. */
export const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);

/** The type of a value that was never declared. */
export function typeOfValue(value: unknown): ValueType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' && value !== null ? 'object' : 'text';
}
