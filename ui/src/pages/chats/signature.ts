import type { Schemas } from '../../api/client';

/** Who says an agent's message, as webhooks tell it: the first word of the name, and the rest. */
export function signatureOf({ name, email }: { name: string; email: string }): Schemas['SentBy'] {
  const [firstname = '', ...rest] = name.trim().split(/\s+/);
  return { firstname, lastname: rest.join(' '), email };
}
