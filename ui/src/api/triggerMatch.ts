import { api, read } from './client';

/** Which trigger a text would set off, without setting it off. */
export const matchTrigger = (bot_id: string, text: string) =>
  read(api.POST('/api/v1/bots/{bot_id}/triggers/match', { params: { path: { bot_id } }, body: { text } }));
