import { useQueryClient } from '@tanstack/react-query';
import type { Schemas } from '../../api/client';
import { contactQuery, tagsQuery } from '../../api/queries';
import { useAct } from '../../parts/act';

export type Contact = Schemas['ContactView'];

/** A call that answers with the contact as it is now. */
export function useChangeContact<Input>(contact: Contact, run: (input: Input) => Promise<Contact>, done?: string) {
  const queries = useQueryClient();
  return useAct<Input, Contact>({
    run,
    done,
    refresh: [['contacts'], ['chats'], ['contact', contact.id], tagsQuery(contact.bot_id).queryKey],
    then: (changed) => queries.setQueryData(contactQuery(contact.id).queryKey, changed),
  });
}
