// The demo with an owner, and people who have talked to its bot.
import { eventually } from './browser.js';
import { ownerOf, visitorOf } from './owner.js';
import { startReceiver } from './receiver.js';
import { startDemo } from './server.js';

/** The demo that somebody has set up, and a receiver that it may send to. */
export async function openDemo(keep) {
  const receiver = keep(await startReceiver());
  const server = keep(await startDemo(receiver));
  const owner = await ownerOf(server.url);
  return { receiver, server, owner, botId: server.bot_id };
}

/** A flow that is published, and the keyword that starts it. */
export async function flowOf(call, botId, name, draft, keyword) {
  const document = { version: 1, name, ...draft };
  const flow = await call('POST', '/flows', { bot_id: botId, name, draft: document });
  await call('POST', `/flows/${flow.id}/publish`, {});
  if (keyword) {
    await call('POST', `/bots/${botId}/triggers`, {
      flow_id: flow.id,
      name: keyword,
      kind: { type: 'keyword', match: 'is', keywords: [keyword] },
    });
  }
  return flow.id;
}

/** Asks for a person: the chat opens and the bot is silent until it is closed. */
export const handOver = {
  start: 'wait',
  elements: [
    {
      type: 'action',
      id: 'open',
      position: { x: 320, y: 0 },
      actions: [{ kind: 'open_chat', assign: { to: 'nobody' }, pause: 'until_closed' }],
    },
    {
      type: 'message',
      id: 'wait',
      position: { x: 0, y: 0 },
      parts: [{ kind: 'text', text: 'A colleague will be with you in a minute.' }],
    },
  ],
  edges: [{ from: 'wait', output: 'next', to: 'open' }],
};

const PEOPLE = [
  ['Marta Ruiz', '2', 'marta@example.org', 'Yes, book'],
  ['Liam O’Brien', '6', 'liam@example.org', 'Yes, book'],
  ['佐藤 花子', '1', 'hanako@example.org', 'Yes, book'],
  ['نور الهاشمي', '3', 'nour@example.org', 'No'],
  ['Zoë 🎉', '4'],
];

/** Fills the demo with conversations, deliveries that arrived and that failed, and an open chat. */
export async function lively(keep) {
  const world = await openDemo(keep);
  const { owner, botId, receiver, server } = world;
  const { call } = owner;
  const failing = await call('POST', `/bots/${botId}/webhooks`, {
    url: `${receiver.url}/crm/contacts?key=s3cret`,
    events: ['new_subscriber', 'open_chat'],
    format: 'json',
    schedule_ms: [100],
  });
  await flowOf(call, botId, 'Talk to a person', handOver, 'person');
  await call('PUT', `/bots/${botId}/variables`, { name: 'guest', scope: 'contact', type: 'text' });
  await call('PUT', `/bots/${botId}/variables`, { name: 'opening_hours', scope: 'bot', value: '9 to 18' });
  receiver.answerWith(422);
  const visitors = [];
  for (const [name, ...says] of PEOPLE) {
    const visitor = await visitorOf(server.url, botId, { name, lang: 'en' });
    visitors.push(visitor);
    for (const text of [name, ...says]) await visitor.say(text);
  }
  const asking = visitors[1];
  await asking.say('person');
  const { contactId } = asking;
  await eventually('the chat is open', async () => (await call('GET', `/contacts/${contactId}`)).chat.open);
  await call('POST', `/chats/${contactId}/messages`, { text: 'Hello Liam, this is Ann. How can I help?' });
  await asking.say('Can I add a seventh place?');
  await visitors[4].say('What does it cost?');
  const failed = await eventually('a delivery has failed', async () => {
    const { items } = await call('GET', `/deliveries?bot_id=${botId}&webhook_id=${failing.id}&status=failed`);
    return items.length >= PEOPLE.length && items[0];
  });
  await eventually('what was booked has arrived', async () => {
    const { items } = await call('GET', `/deliveries?bot_id=${botId}&event=flow_webhook&status=delivered`);
    return items.length >= 3;
  });
  return { ...world, visitors, contactId, failed };
}
