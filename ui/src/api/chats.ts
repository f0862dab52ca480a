import { api, read, type Schemas } from './client';

export type ChatItem = Schemas['ChatRow'];

/** A bot's chats, the one with the newest message first. */
export const listChats = (bot_id: string, state: 'open' | 'all', cursor?: string) =>
  read(api.GET('/api/v1/chats', { params: { query: { bot_id, state, limit: 50, cursor } } }));

/** Somebody read the chat up to the message with this `seq`. */
export const markRead = (contact_id: string, up_to: number) =>
  read(api.POST('/api/v1/chats/{contact_id}/read', { params: { path: { contact_id } }, body: { up_to } }));
