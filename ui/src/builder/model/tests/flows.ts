import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { opened, type FlowDocument } from '../document';

const ROOT = join(process.cwd(), '..');

const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as unknown;

/** The demo's flow; its ids that are filled in at the start are made whole. */
export function demoFlow(): FlowDocument {
  const text = JSON.stringify(read('crates/server/src/demo/booking.json'))
    .replaceAll('VENUE_FLOW_ID', '01a2156d-5172-7ce6-abaa-8e4cb65c0356')
    .replaceAll('INSPECTOR_URL', 'https://example.org/inspector');
  return opened(JSON.parse(text));
}

export const venueFlow = (): FlowDocument => opened(read('crates/server/src/demo/venue.json'));

export const emptyFlow = (): FlowDocument => ({ version: 1, name: 'Empty', start: 'start', elements: [], edges: [] });

/** The flow that the docs begin with, as the server writes it. */
export const reserveFlow = (): FlowDocument => ({
  version: 1,
  name: 'Reserve a place',
  start: 'ask',
  elements: [
    {
      type: 'message',
      id: 'ask',
      parts: [
        {
          kind: 'input',
          prompt: 'Hello! What is your **name**?',
          expects: { kind: 'text' },
          save_to: 'guest',
          tries: 3,
          time_limit_min: 1440,
        },
      ],
    },
    {
      type: 'message',
      id: 'rooms',
      parts: [
        {
          kind: 'text',
          text: 'Welcome, {{guest | title}}. Which room?',
          buttons: [
            { id: 'red', label: 'Red room' },
            { id: 'blue', label: 'Blue room' },
          ],
        },
      ],
    },
    {
      type: 'action',
      id: 'red',
      actions: [{ kind: 'set_variable', variable: 'room', to: { set: 'value', value: 'red' } }],
    },
    {
      type: 'action',
      id: 'blue',
      actions: [{ kind: 'set_variable', variable: 'room', to: { set: 'value', value: 'blue' } }],
    },
    {
      type: 'action',
      id: 'tell',
      actions: [
        {
          kind: 'send_webhook',
          name: 'Place reserved',
          url: 'https://example.org/hooks/places?room={{room}}',
          format: 'json',
        },
      ],
    },
    { type: 'message', id: 'thanks', parts: [{ kind: 'text', text: 'Done. See you in the {{room}} room!' }] },
  ],
  edges: [
    { from: 'ask', output: 'next', to: 'rooms' },
    { from: 'rooms', output: 'button:red', to: 'red' },
    { from: 'rooms', output: 'button:blue', to: 'blue' },
    { from: 'red', output: 'next', to: 'tell' },
    { from: 'blue', output: 'next', to: 'tell' },
    { from: 'tell', output: 'next', to: 'thanks' },
  ],
});
