/** The words of the API that forms and filters list. */

import type { Schemas } from './client';

export type ValueType = Schemas['ValueType'];
export type EventKind = Schemas['EventKind'];

export const VALUE_TYPES: readonly ValueType[] = [
  'text',
  'number',
  'boolean',
  'date',
  'date_time',
  'time',
  'phone',
  'email',
  'url',
  'location',
  'list',
  'object',
];

/** The events of a bot's own webhooks. */
export const GLOBAL_EVENTS = [
  'new_subscriber',
  'incoming_message',
  'outgoing_message',
  'open_chat',
  'run_custom_flow',
  'link_click',
  'unsubscribe',
  'bot_block',
  'failed_delivery',
] as const satisfies readonly EventKind[];

export const EVENT_KINDS = [...GLOBAL_EVENTS, 'flow_webhook'] as const satisfies readonly EventKind[];
