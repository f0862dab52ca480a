// The chat bubble on somebody's own site.
import assert from 'node:assert/strict';
import { gone, seen, story } from '../harness/browser.js';
import { ownerOf } from '../harness/owner.js';
import { startFresh } from '../harness/server.js';
import { startSite } from '../harness/site.js';
import { flowOf } from '../harness/world.js';

const greeting = {
  start: 'hello',
  elements: [{ type: 'message', id: 'hello', position: { x: 0, y: 0 }, parts: [{ kind: 'text', text: 'Hello from the bot' }] }],
  edges: [],
};

const booking = {
  start: 'ask',
  elements: [
    {
      type: 'message',
      id: 'ask',
      position: { x: 0, y: 0 },
      parts: [{ kind: 'input', prompt: 'Which day?', expects: { kind: 'date' }, save_to: 'day', error_text: 'Which day, please?' }],
    },
    { type: 'message', id: 'noted', position: { x: 320, y: 0 }, parts: [{ kind: 'text', text: 'Noted: {{day}}' }] },
  ],
  edges: [{ from: 'ask', output: 'next', to: 'noted' }],
};

async function open(keep) {
  const server = keep(await startFresh());
  const { call } = await ownerOf(server.url);
  const { id } = await call('POST', '/bots', { name: 'Front desk', service: 'livechat' });
  await flowOf(call, id, 'Welcome', greeting, 'hi');
  await call('PUT', `/bots/${id}/variables`, { name: 'day', scope: 'contact', type: 'date' });
  await flowOf(call, id, 'Booking', booking, 'book');
  const site = keep(await startSite(`<h1>A shop</h1><script src="${server.url}/chat.js" data-bot="${id}" async></script>`));
  return { server, site };
}

/** The bubble of a page. */
function bubbleOf(page) {
  const chat = page.frameLocator('iframe[title="Chat"]');
  const log = chat.getByRole('log');
  return {
    chat,
    log,
    button: page.getByRole('button', { name: 'Chat' }),
    say: async (text) => {
      await chat.getByRole('textbox', { name: 'Message' }).fill(text);
      await chat.getByRole('button', { name: 'Send', exact: true }).click();
    },
  };
}

story('a bubble on another site talks, remembers and comes back', open, async ({ stage, server, site }) => {
  const page = await stage.page(server.url);
  await page.goto(site.url);
  const { button, chat, log, say } = bubbleOf(page);
  const answers = log.getByText('Hello from the bot');
  await seen(button);
  assert.equal(await page.locator('iframe').count(), 0, 'the chat is not loaded before somebody wants it');
  await button.click();
  await seen(chat.getByRole('heading', { name: 'Front desk' }));
  assert.equal(await button.getAttribute('aria-expanded'), 'true');
  await say('hi');
  await seen(answers);

  await button.click();
  await gone(page.locator('iframe'));
  await button.click();
  await seen(answers);
  await page.reload();
  await button.click();
  await seen(answers);
  await seen(log.getByText('hi', { exact: true }));
  assert.equal(await answers.count(), 1, 'the history comes once');

  await server.pause();
  await seen(chat.getByText('No connection. Trying again…'));
  await say('hi');
  await server.resume();
  await seen(answers.nth(1));
  await gone(chat.getByText('No connection. Trying again…'));
  assert.equal(await log.getByText('hi', { exact: true }).count(), 2, 'what was written meanwhile arrives once');
  assert.deepEqual(await page.context().cookies([site.url, server.url]), [], 'no cookie is set');
});

story('a bubble fits on a phone', open, async ({ stage, server, site }) => {
  const viewport = { width: 360, height: 640 };
  const page = await stage.page(server.url, { viewport, hasTouch: true, isMobile: true });
  await page.goto(site.url);
  const { button, log, say } = bubbleOf(page);
  await button.tap();
  await say('hi');
  await seen(log.getByText('Hello from the bot'));
  const places = [await page.locator('iframe').boundingBox(), await button.boundingBox()];
  for (const { x, y, width, height } of places) {
    assert.ok(x >= 0 && y >= 0 && x + width <= viewport.width && y + height <= viewport.height, JSON.stringify(places));
  }
  assert.ok(places[0].y + places[0].height <= places[1].y, 'the button to close it is not covered');
  for (const frame of page.frames()) {
    assert.ok(await frame.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${frame.url()} is too wide`);
  }
});

story('a day is picked, or typed', open, async ({ stage, server, site }) => {
  const page = await stage.page(server.url);
  await page.goto(site.url);
  const { button, chat, log, say } = bubbleOf(page);
  const picker = chat.getByLabel('Date', { exact: true });
  const send = chat.getByRole('button', { name: 'Send', exact: true });
  await button.click();
  await say('book');
  await seen(log.getByText('Which day?'));
  assert.equal(await picker.getAttribute('type'), 'date');
  await picker.fill('2030-12-24');
  await send.click();
  await seen(log.getByText('Noted: 2030-12-24'));
  await seen(log.getByText('24 December 2030', { exact: true }));

  // Something else can be said, and the question comes again with its picker.
  await say('book');
  await seen(picker);
  await chat.getByRole('button', { name: 'Type the answer instead' }).click();
  await say('On Christmas Eve');
  await seen(log.getByText('Which day, please?'));
  await chat.getByRole('button', { name: 'Type the answer instead' }).click();
  await say('25/12/2030');
  await seen(log.getByText('Noted: 2030-12-25'));
});

const sale = {
  start: 'sale',
  elements: [{ type: 'message', id: 'sale', position: { x: 0, y: 0 }, parts: [{ kind: 'text', text: 'The sale' }] }],
  edges: [],
};

async function openWithLink(keep) {
  const server = keep(await startFresh());
  const { call } = await ownerOf(server.url);
  const { id } = await call('POST', '/bots', { name: 'Front desk', service: 'livechat' });
  await flowOf(call, id, 'Welcome', greeting, 'hi');
  const flow = await flowOf(call, id, 'Sale', sale);
  await call('POST', `/bots/${id}/triggers`, { flow_id: flow, name: 'Sale', kind: { type: 'ref', ref: 'sale' } });
  const site = keep(await startSite(`<script src="${server.url}/chat.js" data-bot="${id}" data-ref="sale" async></script>`));
  return { server, site, chat: `/chat/${id}` };
}

story('a link starts its flow once a visit, for who comes back as well', openWithLink, async ({ stage, server, site, chat }) => {
  const page = await stage.page(server.url);
  const log = page.getByRole('log');
  const [sales, answers] = [log.getByText('The sale'), log.getByText('Hello from the bot')];
  const say = async (text) => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  };
  await page.goto(chat);
  await say('hi');
  await seen(answers);
  assert.equal(await sales.count(), 0);
  await page.goto(`${chat}?ref=sale`);
  await seen(sales);
  await page.reload();
  await say('hi');
  await seen(answers.nth(1));
  assert.equal(await sales.count(), 1, 'a page that is loaded again repeats nothing');
  await page.goto(`${chat}?ref=sale`);
  await seen(sales.nth(1));
  await page.goto(`${chat}?ref=no%20ref`);
  await say('hi');
  await seen(answers.nth(2));
  assert.equal(await sales.count(), 2);

  await page.goto(site.url);
  const bubble = bubbleOf(page);
  await bubble.button.click();
  await seen(bubble.log.getByText('The sale'));
  const before = await bubble.log.getByText('The sale').count();
  await page.reload();
  await bubble.button.click();
  await bubble.say('hi');
  await seen(bubble.log.getByText('Hello from the bot').last());
  assert.equal(await bubble.log.getByText('The sale').count(), before, 'another page of the site repeats nothing');
});

const sharing = {
  start: 'ask',
  elements: [
    {
      type: 'message',
      id: 'ask',
      position: { x: 0, y: 0 },
      parts: [
        { kind: 'input', prompt: 'Where are you?', expects: { kind: 'location' }, save_to: 'place', share: 'location' },
        { kind: 'input', prompt: 'Your number?', expects: { kind: 'phone' }, save_to: 'number', share: 'phone' },
      ],
    },
    { type: 'message', id: 'thanks', position: { x: 320, y: 0 }, parts: [{ kind: 'text', text: 'Thank you' }] },
  ],
  edges: [{ from: 'ask', output: 'next', to: 'thanks' }],
};

async function openSharing(keep) {
  const server = keep(await startFresh());
  const { call } = await ownerOf(server.url);
  const { id } = await call('POST', '/bots', { name: 'Front desk', service: 'livechat' });
  await call('PUT', `/bots/${id}/variables`, { name: 'place', scope: 'contact', type: 'location' });
  await call('PUT', `/bots/${id}/variables`, { name: 'number', scope: 'contact', type: 'phone' });
  await flowOf(call, id, 'Share', sharing, 'share');
  return { server, chat: `/chat/${id}` };
}

story('a visitor sees the place and the number that were shared', openSharing, async ({ stage, server, chat }) => {
  const page = await stage.page(server.url, { geolocation: { latitude: 40.4168, longitude: -3.7038 }, permissions: ['geolocation'] });
  const log = page.getByRole('log');
  const say = async (name, text) => {
    await page.getByRole('textbox', { name }).fill(text);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  };
  await page.goto(chat);
  await say('Message', 'share');
  await page.getByRole('button', { name: '📍 Share my location' }).click();
  await seen(log.getByText('Your number?'));
  await say('Message', '+34 911 234 567');
  await seen(log.getByText('Thank you'));
  for (const reload of [async () => {}, () => page.reload()]) {
    await reload();
    const place = log.getByRole('link', { name: '📍 40.41680, -3.70380' });
    await seen(place);
    assert.equal(await place.getAttribute('href'), 'https://www.openstreetmap.org/?mlat=40.4168&mlon=-3.7038#map=16/40.4168/-3.7038');
    await seen(log.getByText('📞 +34911234567'));
  }
});
