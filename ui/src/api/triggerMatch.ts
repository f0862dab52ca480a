import { request } from './client';

export interface TriggerMatch {
  trigger_id: string | null;
  flow_id: string | null;
  why: 'keyword' | 'standard_reply' | 'nothing';
}

/** Which trigger a text would set off, without setting it off. */
export const matchTrigger = (botId: string, text: string) =>
  request<TriggerMatch>('POST', `/api/v1/bots/${botId}/triggers/match`, { text });
