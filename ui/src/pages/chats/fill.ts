import { valueText } from '../../parts/values';
import type { Contact } from '../audience/changeContact';

const PLACEHOLDER = /\{\{\s*([^{}|\s]+)\s*\}\}/g;

/** A saved reply for this contact: `{{name}}` is its variable, else what its profile says. What is not known stays as it is written. */
export function fill(text: string, { profile, variables }: Pick<Contact, 'profile' | 'variables'>): string {
  return text.replace(PLACEHOLDER, (written, name: string) => {
    const variable = Object.hasOwn(variables, name) ? valueText((variables as Record<string, unknown>)[name]) : '';
    const field: unknown = Object.hasOwn(profile, name) ? profile[name as keyof typeof profile] : '';
    return variable || (typeof field === 'string' && field) || written;
  });
}
