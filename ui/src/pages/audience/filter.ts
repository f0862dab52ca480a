import type { Schemas } from '../../api/client';
import type { Wanted } from '../../api/queries';
import type { AudienceFilter } from '../../app/router';
import { isContactStatus } from './ContactStatus';

type Kept = Schemas['AudienceFilter'];

/** The filter of the address as calls take it. */
export function wantedOf({ status, chat_open, ...texts }: AudienceFilter): Wanted {
  const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => text));
  return {
    ...given,
    ...(isContactStatus(status) ? { status } : {}),
    ...(chat_open === 'true' || chat_open === 'false' ? { chat_open: chat_open === 'true' } : {}),
  };
}

/** A kept filter as the address has it. */
export function addressOf(filter: Kept): AudienceFilter {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** Whether both ask for the same. */
export function isSame(a: Kept, b: Kept): boolean {
  const text = (filter: Kept) => JSON.stringify(Object.entries(addressOf(filter)).sort());
  return text(a) === text(b);
}
