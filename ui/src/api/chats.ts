import { request, type Schemas } from './client';

export interface ChatItem {
  contact_id: string;
  name: string;
  username?: string | null;
  photo?: string | null;
  status: Schemas['ContactStatus'];
  is_open: boolean;
  unread: number;
  automation_paused_until: string | null;
  last_message: { at: string; direction: 'in' | 'out'; text: string } | null;
}

export interface ChatPage {
  items: ChatItem[];
  next_cursor?: string | null;
}

/** A bot's chats, the one with the newest message first. */
export function listChats(botId: string, state: 'open' | 'all', cursor?: string): Promise<ChatPage> {
  const query = new URLSearchParams({ bot_id: botId, state, limit: '50' });
  if (cursor) query.set('cursor', cursor);
  return request('GET', `/api/v1/chats?${query}`);
}

export const markRead = (contactId: string) => request<undefined>('POST', `/api/v1/chats/${contactId}/read`);
