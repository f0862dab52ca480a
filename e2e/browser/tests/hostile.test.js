// Names and messages that mean harm, or only are unusual, do none anywhere.
import assert from 'node:assert/strict';
import { eventually, seen, story } from '../harness/browser.js';
import { visitorOf } from '../harness/owner.js';
import { settled } from '../harness/pages.js';
import { flowOf, handOver, openDemo } from '../harness/world.js';

const IMAGE = '<img src=x onerror="globalThis.harmed=1">';
const SCRIPT = '</script><script>globalThis.harmed=1</script>';
const LINK = '[click](javascript:globalThis.harmed=1)';
const RIGHT_TO_LEFT = '\u202Eمرحبا‏ evil\u202C';
const EMOJI = '👩‍👩‍👧‍👦🏳️‍🌈'.repeat(8);
const LONG = `${'W'.repeat(3_950)}${'é'.repeat(50)}`;

const echo = {
  start: 'say',
  elements: [
    {
      type: 'message',
      id: 'say',
      title: IMAGE,
      position: { x: 0, y: 0 },
      parts: [{ kind: 'text', text: `You said {{$last_message}} ${IMAGE}`, quick_replies: [{ id: 'q', label: '<b>bold</b>' }] }],
    },
    {
      type: 'action',
      id: 'mark',
      position: { x: 320, y: 0 },
      actions: [
        { kind: 'add_tag', tag: '<s>tag</s>' },
        { kind: 'set_variable', variable: 'harm', to: { set: 'value', value: IMAGE } },
      ],
    },
  ],
  edges: [{ from: 'say', output: 'next', to: 'mark' }],
};

async function open(keep) {
  const world = await openDemo(keep);
  const { owner, botId, server } = world;
  const { call } = owner;
  await call('PATCH', `/bots/${botId}`, { name: `${IMAGE}${RIGHT_TO_LEFT}` });
  const flowId = await flowOf(call, botId, `${SCRIPT} 👩‍👩‍👧‍👦`, echo, 'echo');
  await flowOf(call, botId, 'Talk to a person', handOver, 'person');
  const people = [];
  for (const name of [IMAGE, `${RIGHT_TO_LEFT} 🏳️‍🌈`, 'N'.repeat(120)]) {
    const visitor = await visitorOf(server.url, botId, { name });
    for (const text of ['x', '1', 'x@example.org', 'No', 'echo', IMAGE, LINK, RIGHT_TO_LEFT, EMOJI, 'person', LONG]) {
      await visitor.say(text);
    }
    people.push(visitor.contactId);
  }
  await eventually('all chats are open', async () => {
    const { items } = await call('GET', `/chats?bot_id=${botId}`);
    return items.length === people.length;
  });
  return { ...world, people, flowId };
}

story('hostile names and messages are only text', open, async ({ stage, server, owner, botId, people, flowId }) => {
  const bot = `/bots/${botId}`;
  const { items } = await owner.call('GET', `/deliveries?bot_id=${botId}&event=incoming_message`);
  const paths = [
    '/',
    `${bot}/flows`,
    `${bot}/flows/${flowId}`,
    `${bot}/triggers`,
    `${bot}/audience`,
    ...people.map((id) => `${bot}/audience/${id}`),
    ...people.map((id) => `${bot}/chats?contact=${id}`),
    `${bot}/deliveries`,
    `${bot}/deliveries?delivery=${items[0].id}`,
    `${bot}/settings/general`,
    `${bot}/settings/variables`,
    '/account/inspector',
    `/chat/${botId}`,
  ];
  const look = async (viewport) => {
    const page = await stage.page(server.url, { owner, viewport });
    for (const path of paths) {
      await page.goto(path);
      await seen(page.locator('h1, .react-flow__node, #log > .m'));
      await settled(page);
      const harm = await page.evaluate(() => ({
        harmed: globalThis.harmed,
        elements: document.querySelectorAll('img[src="x"], img[onerror], a[href^="javascript:"]').length,
        over: Math.max(0, document.documentElement.scrollWidth - innerWidth),
      }));
      assert.deepEqual(harm, { harmed: undefined, elements: 0, over: 0 }, `${path} at ${viewport.width} px`);
    }
    return page;
  };
  const [page] = await Promise.all([look({ width: 1440, height: 900 }), look({ width: 390, height: 844 })]);
  await page.goto(`${bot}/chats?contact=${people[0]}`);
  await seen(page.getByRole('region', { name: 'Conversation' }).getByText(`You said echo ${IMAGE}`));

  const visitor = await stage.page(server.url);
  await visitor.goto(`/chat/${botId}?name=${encodeURIComponent(IMAGE)}`);
  await seen(visitor.getByText('What is your name?'));
  for (const text of [IMAGE, RIGHT_TO_LEFT, LONG]) {
    await visitor.getByRole('textbox', { name: 'Message' }).fill(text);
    await visitor.keyboard.press('Enter');
  }
  await seen(visitor.getByText(`Nice to meet you, ${IMAGE}`));
  assert.equal(await visitor.evaluate(() => globalThis.harmed), undefined);
  assert.equal(await visitor.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
});
