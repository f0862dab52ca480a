// API requests tried out: sent from their form, answered in the test chat, and the buttons of a called flow.
import assert from 'node:assert/strict';
import { findings, withAxe } from '../harness/axe.js';
import { seen, story } from '../harness/browser.js';
import { still } from '../harness/builder.js';
import { flowOf, openDemo } from '../harness/world.js';

const place = (x, y) => ({ position: { x, y } });
const says = (text) => [{ kind: 'text', text }];

const menu = {
  start: 'menu',
  elements: [
    {
      type: 'message',
      id: 'menu',
      ...place(0, 0),
      parts: [{ kind: 'text', text: 'What else?', buttons: [{ id: 'again', label: 'Once more' }] }],
    },
    { type: 'message', id: 'more', ...place(300, 0), parts: says('Here is more') },
  ],
  edges: [{ from: 'menu', output: 'button:again', to: 'more' }],
};

const asking = (url, flowId) => ({
  start: 'ask',
  elements: [
    {
      type: 'api_request',
      id: 'ask',
      title: 'Ask the CRM',
      ...place(0, 0),
      method: 'POST',
      url: `${url}/orders/{{order}}`,
      body: { kind: 'json', text: '{"city": {{city}}}' },
      save: [
        { path: '$.ok', variable: 'fine' },
        { path: '$.price', variable: 'price' },
      ],
    },
    { type: 'message', id: 'say', ...place(340, 0), parts: says('It costs {{price}}') },
    { type: 'message', id: 'sorry', ...place(340, 240), parts: says('Sorry') },
    { type: 'flow', id: 'call', ...place(680, 0), flow_id: flowId },
  ],
  edges: [
    { from: 'ask', output: 'done', to: 'say' },
    { from: 'ask', output: 'error', to: 'sorry' },
    { from: 'say', output: 'next', to: 'call' },
  ],
});

async function drawn(keep) {
  const world = await openDemo(keep);
  const { owner, botId, receiver } = world;
  const menuId = await flowOf(owner.call, botId, 'Menu', menu, 'menu');
  const flowId = await flowOf(owner.call, botId, 'Asking', asking(receiver.url, menuId), 'asking');
  return { ...world, flowId };
}

story('an API request is tried from its form and in the test chat', drawn, async (world) => {
  const { stage, server, owner, botId, flowId, receiver } = world;
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  await page.goto(`/bots/${botId}/flows/${flowId}`);
  await still(page);
  await page.locator('.react-flow__node').filter({ hasText: 'Ask the CRM' }).click();
  await page.getByRole('button', { name: 'Test request' }).click();
  const dialog = page.getByRole('dialog', { name: 'Test request' });
  await dialog.getByRole('textbox', { name: 'order' }).fill('a b');
  await dialog.getByRole('textbox', { name: 'city' }).fill('Ávila');
  await dialog.getByRole('button', { name: 'Send it' }).click();
  await seen(dialog.getByText(/^Answered 200 in \d+ ms$/));
  await seen(dialog.getByText('A run would leave by “done”.'));
  await seen(dialog.getByRole('row', { name: '$.ok fine true' }));
  await seen(dialog.getByRole('row', { name: '$.price price stays as it is' }));
  assert.deepEqual(await findings(page), []);
  assert.deepEqual(
    receiver.received.map(({ path, body }) => [path, body]),
    [['/orders/a%20b', '{"city": "Ávila"}']],
  );
  receiver.answerWith(500);
  await dialog.getByRole('button', { name: 'Send it' }).click();
  await seen(dialog.getByText('A run would leave by “error”.'));
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Test chat' }).click();
  const chat = page.getByRole('log', { name: 'Test chat' });
  await chat.getByRole('button', { name: 'Start' }).click();
  await seen(chat.getByRole('textbox', { name: 'Body' }));
  assert.deepEqual(await findings(page), []);
  await chat.getByRole('textbox', { name: 'Body' }).fill('{"price": 7}');
  await chat.getByRole('button', { name: 'Answer so' }).click();
  await seen(chat.getByText('It costs 7'));
  assert.equal(receiver.received.length, 2, 'an answer of the author asks nobody');
  await chat.getByRole('button', { name: 'Once more' }).click();
  await seen(chat.getByText('Here is more'));

  await page.getByRole('button', { name: 'Begin again' }).click();
  await chat.getByRole('button', { name: 'Send it really' }).click();
  await seen(chat.getByText('Sorry'));
  assert.equal(receiver.received.length, 3);
});
