/** The names that a document itself brings: what its forms can offer to pick. */

import type { ValueType } from '../../api/kinds';
import type { FlowDocument } from './document';

/** Fields that every contact has. */
export const FIELDS = [
  'name',
  'first_name',
  'last_name',
  'username',
  'phone',
  'email',
  'birthday',
  'city',
  'country',
  'language',
  'photo',
  'time_zone',
] as const;

/** System variables, without `$`. */
export const SYSTEM = [
  'bot_name',
  'bot_id',
  'contact_id',
  'last_message',
  'current_date',
  'current_time',
  'response',
  'data',
  'start',
] as const;

const TYPE_OF_INPUT: Record<string, ValueType> = {
  text: 'text',
  regex: 'text',
  number: 'number',
  date: 'date',
  date_time: 'date_time',
  time: 'time',
  email: 'email',
  phone: 'phone',
  url: 'url',
  file: 'url',
  location: 'location',
};

/** Variables that the document sets, with their types where it tells them. Those of the bot have `$` in front. */
export function variablesOf(document: FlowDocument): Map<string, ValueType | null> {
  const found = new Map<string, ValueType | null>();
  const note = (name: string | null | undefined, type: ValueType | null) => {
    if (name) found.set(name, found.get(name) ?? type);
  };
  for (const element of document.elements) {
    if (element.type === 'message') {
      for (const part of element.parts) {
        if (part.kind === 'input') note(part.save_to, TYPE_OF_INPUT[part.expects.kind] ?? null);
      }
    } else if (element.type === 'action') {
      for (const action of element.actions) {
        if (action.kind === 'set_variable') {
          const now = action.to.set === 'now' ? 'date_time' : action.to.set === 'append' ? 'list' : null;
          note(action.variable, action.value_type ?? now);
        }
      }
    } else if (element.type === 'api_request') {
      for (const saved of element.save ?? []) note(saved.variable, saved.value_type ?? null);
    }
  }
  return found;
}

export function tagsOf(document: FlowDocument): string[] {
  const tags = document.elements.flatMap((element) =>
    element.type === 'action'
      ? element.actions.flatMap((action) =>
          action.kind === 'add_tag' || action.kind === 'remove_tag' ? [action.tag] : [],
        )
      : [],
  );
  return unique(tags);
}

/** Titles of the document's webhooks. */
export function webhookTitlesOf(document: FlowDocument): string[] {
  const titles = document.elements.flatMap((element) =>
    element.type === 'action'
      ? element.actions.flatMap((action) => (action.kind === 'send_webhook' ? [action.name] : []))
      : [],
  );
  return unique(titles);
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => name !== '' && !name.includes('{{')))].sort((a, b) => a.localeCompare(b));
}

/** How a template reads a variable: a name that is more than a word needs brackets. */
export function placeholder(name: string): string {
  if (name.startsWith('$')) return `{{${name}}}`;
  return /^[\p{L}\p{N}_ -]+$/u.test(name) ? `{{${name}}}` : `{{$['${name.replaceAll("'", "\\'")}']}}`;
}
