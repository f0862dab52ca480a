import { CONDITIONS } from './conditions';
import type { Element, FlowDocument } from '../document';

const ID = '01a2156d-5172-7ce6-abaa-8e4cb65c0356';

const elements: Element[] = [
  {
    type: 'message',
    id: 'say',
    title: 'Say',
    position: { x: 0, y: 0.5 },
    parts: [
      {
        kind: 'text',
        text: '**Hi** {{name}}',
        buttons: [
          { id: 'a', label: 'Go on' },
          { id: 'b', label: 'Site', action: { kind: 'link', url: 'https://example.org/{{id}}' } },
          { id: 'c', label: 'Call', action: { kind: 'phone', phone: '+34600000000' } },
          { id: 'd', label: 'Pay', action: { kind: 'payment', title: 'Place', amount: 1250, currency: 'EUR' } },
        ],
        quick_replies: [{ id: 'e', label: 'Yes' }],
      },
      {
        kind: 'image',
        url: 'https://example.org/a.png',
        caption: 'A',
        buttons: [{ id: 'f', label: 'F' }],
        quick_replies: [{ id: 'g', label: 'G' }],
      },
      { kind: 'video', url: 'https://example.org/a.mp4' },
      { kind: 'audio', url: 'https://example.org/a.mp3' },
      { kind: 'file', url: 'https://example.org/a.pdf', name: 'Plan.pdf' },
      {
        kind: 'gallery',
        cards: [
          { title: 'One', subtitle: 'Sub', image: 'https://example.org/1.png', buttons: [{ id: 'h', label: 'H' }] },
          { title: 'Two' },
        ],
      },
      {
        kind: 'gallery',
        cards: [{ title: '{{item.name}}' }],
        items: 'orders',
        quick_replies: [{ id: 'i', label: 'I' }],
      },
      { kind: 'delay', seconds: 4 },
      {
        kind: 'input',
        prompt: 'Phone?',
        expects: { kind: 'phone' },
        save_to: 'phone',
        tries: 2,
        error_text: 'No',
        time_limit_min: 90,
        share: 'phone',
      },
    ],
  },
  {
    type: 'message',
    id: 'ask',
    parts: [
      {
        kind: 'input',
        prompt: 'Code?',
        expects: { kind: 'regex', pattern: '[A-Z]{2}' },
        tries: 3,
        time_limit_min: 1440,
      },
    ],
  },
  {
    type: 'action',
    id: 'act',
    actions: [
      { kind: 'open_chat', assign: { to: 'member', member: ID }, pause: '6h', notify: true },
      { kind: 'open_chat', assign: { to: 'least_busy' }, pause: 'until_closed' },
      { kind: 'close_chat' },
      { kind: 'unsubscribe' },
      { kind: 'subscribe' },
      { kind: 'add_tag', tag: 'vip' },
      { kind: 'remove_tag', tag: 'new' },
      { kind: 'set_variable', variable: 'a', to: { set: 'value', value: { deep: [1, null, true] } } },
      {
        kind: 'set_variable',
        variable: '$b',
        to: { set: 'expression', expression: '{{a}} * 2' },
        value_type: 'number',
      },
      { kind: 'set_variable', variable: 'c', to: { set: 'add', amount: '1' } },
      { kind: 'set_variable', variable: 'c', to: { set: 'subtract', amount: '{{a}}' } },
      { kind: 'set_variable', variable: 'd', to: { set: 'now' }, value_type: 'date' },
      { kind: 'set_variable', variable: 'e', to: { set: 'append', value: 'x' } },
      { kind: 'delete_variable', variable: 'e' },
      {
        kind: 'send_webhook',
        name: 'W',
        url: 'https://example.org/w',
        format: 'cloudevents',
        fields: [{ name: 'n', value: '{{a}}' }],
      },
      { kind: 'notify', member: ID, text: 'Look' },
      { kind: 'send_message', contact_id: ID, text: 'Hello' },
    ],
  },
  { type: 'flow', id: 'go', flow_id: ID, mode: 'go' },
  { type: 'flow', id: 'call', flow_id: ID, mode: 'call' },
  {
    type: 'pause',
    id: 'p1',
    until: { kind: 'period', amount: 2, unit: 'days' },
    zone: 'contact',
    condition: 'if_inactive',
  },
  {
    type: 'pause',
    id: 'p2',
    until: { kind: 'date', at: '2026-12-24T18:00', offset: { amount: -2, unit: 'hours' } },
    zone: 'account',
    condition: 'always',
  },
  {
    type: 'pause',
    id: 'p3',
    until: { kind: 'variable', variable: 'birthday', offset: { amount: 1, unit: 'days' } },
    zone: 'contact',
    condition: 'always',
  },
  {
    type: 'pause',
    id: 'p4',
    until: { kind: 'time', at: '09:30', weekdays: [1, 5] },
    zone: 'contact',
    condition: 'always',
  },
  {
    type: 'filter',
    id: 'choose',
    branches: [
      { id: 'all', when: { match: 'all', conditions: CONDITIONS } },
      { id: 'any', when: { match: 'any', conditions: [{ match: 'all', conditions: CONDITIONS.slice(0, 3) }] } },
    ],
  },
  {
    type: 'randomizer',
    id: 'chance',
    branches: [
      { id: 'a', percent: 30 },
      { id: 'b', percent: 70 },
    ],
    once_per_contact: true,
  },
  {
    type: 'api_request',
    id: 'api',
    method: 'PATCH',
    url: 'https://example.org/{{a}}',
    headers: [{ name: 'X-A', value: '1' }],
    body: { kind: 'json', text: '{"a": {{a}}}' },
    auth: { kind: 'basic', user: 'u', secret: 's' },
    timeout_s: 20,
    retries: 2,
    retry_unsafe: true,
    save: [
      { path: '$.id', variable: 'id', value_type: 'text' },
      { path: '$.all', variable: 'all' },
    ],
  },
  {
    type: 'api_request',
    id: 'api2',
    method: 'POST',
    url: 'https://example.org/',
    body: { kind: 'form', fields: [{ name: 'a', value: 'b' }] },
    auth: { kind: 'bearer', secret: 's' },
    timeout_s: 10,
    retries: 0,
  },
  {
    type: 'api_request',
    id: 'api3',
    method: 'PUT',
    url: 'https://example.org/',
    body: { kind: 'raw', content_type: 'text/csv', text: 'a;b' },
    auth: { kind: 'header', name: 'X-Key', secret: 's' },
    timeout_s: 10,
    retries: 0,
  },
];

/** A document with every option that there is, as the server writes it. */
export const everything = (): FlowDocument =>
  structuredClone({
    version: 1,
    name: 'Everything',
    start: 'say',
    elements,
    edges: [
      { from: 'say', output: 'next', to: 'ask' },
      { from: 'say', output: 'paid:d', to: 'act' },
      { from: 'act', output: 'next', to: 'api' },
      { from: 'api', output: 'done', to: 'choose' },
      { from: 'choose', output: 'branch:all', to: 'chance' },
      { from: 'p1', output: 'active', to: 'call' },
    ],
  });
