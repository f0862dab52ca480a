// The form of a webhook, what a test of it says, and its deliveries.
import assert from 'node:assert/strict';
import { eventually, gone, seen, story } from '../harness/browser.js';
import { ownerOf, visitorOf } from '../harness/owner.js';
import { startReceiver } from '../harness/receiver.js';
import { startFresh } from '../harness/server.js';

async function open(keep) {
  const receiver = keep(await startReceiver());
  const server = keep(await startFresh(receiver));
  const owner = await ownerOf(server.url);
  const { id } = await owner.call('POST', '/bots', { name: 'Front desk', service: 'livechat' });
  return { receiver, server, owner, botId: id };
}

const settingsOf = (botId) => `/bots/${botId}/settings/webhooks`;

/** A webhook by API, that waits a second for its answer. */
const madeOf = ({ owner, botId, receiver }) =>
  owner.call('POST', `/bots/${botId}/webhooks`, {
    url: `${receiver.url}/crm`,
    events: ['incoming_message'],
    format: 'json',
    timeout_ms: 1_000,
  });

story('a webhook is made, changed, switched off and on', open, async ({ stage, server, owner, botId, receiver }) => {
  const page = await stage.page(server.url, { owner });
  const stored = async () => (await owner.call('GET', `/bots/${botId}/webhooks`)).items[0];
  await page.goto(settingsOf(botId));
  const url = page.getByRole('textbox', { name: 'URL' });
  const create = page.getByRole('button', { name: 'Save and switch on' });
  await url.fill('crm.example.org');
  assert.ok(await create.isDisabled(), 'a URL without a scheme is none');
  await url.fill(`${receiver.url}/crm`);
  for (const box of await page.getByRole('group', { name: 'Events' }).getByRole('checkbox').all()) await box.uncheck();
  await seen(page.getByText('Choose at least one event.'));
  assert.ok(await create.isDisabled(), 'without an event there is nothing to send');
  await page.getByRole('checkbox', { name: 'Incoming message' }).check();
  await create.click();
  await seen(page.getByText('The webhook is on. Send a test next.'));

  await page.getByRole('button', { name: 'Settings, test and secret' }).click();
  const save = page.getByRole('button', { name: 'Save' });
  assert.ok(await save.isDisabled(), 'nothing has changed');
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('textbox', { name: 'Time to answer' }).fill('2');
  await page.getByRole('button', { name: 'Add a header' }).click();
  await page.getByLabel('Header name 1').fill('X-Api-Key');
  await page.getByLabel('Header value 1').fill('s3cret');
  assert.ok(await page.getByRole('button', { name: 'Send test' }).isDisabled(), 'a test is of what is stored');
  await save.click();
  await seen(page.getByText('X-Api-Key: ••••'));
  const { timeout_ms, headers } = await stored();
  assert.deepEqual([timeout_ms, headers], [2_000, ['X-Api-Key']]);

  const onOff = page.getByRole('switch', { name: 'Webhook on or off' });
  await onOff.focus();
  await page.keyboard.press('Space');
  await seen(page.getByText('Paused', { exact: true }));
  const visitor = await visitorOf(server.url, botId);
  await visitor.say('while it is off');
  await onOff.focus();
  await page.keyboard.press('Space');
  const dialog = page.getByRole('dialog');
  await seen(dialog.getByRole('radio'));
  await dialog.getByRole('button', { name: 'Switch on' }).click();
  await gone(dialog);
  await eventually('what happened meanwhile arrives', () => receiver.received.some(({ body }) => body.includes('while it is off')));
  assert.equal(receiver.received[0].headers['x-api-key'], 's3cret');
});

story('a test says what came back and what to change', open, async (world) => {
  const { stage, server, owner, botId, receiver } = world;
  await madeOf(world);
  const page = await stage.page(server.url, { owner });
  await page.goto(settingsOf(botId));
  await page.getByRole('button', { name: 'Settings, test and secret' }).click();
  await page.getByRole('button', { name: 'Send test' }).click();
  const dialog = page.getByRole('dialog');
  const send = dialog.getByRole('button', { name: 'Send', exact: true });
  await send.click();
  await seen(dialog.getByText('It arrived: 200'));
  assert.equal(receiver.received.length, 1);

  receiver.answerWith(500);
  await send.click();
  await seen(dialog.getByText('It was refused: 500'));
  await seen(dialog.getByText(/Look at its answer below, and at the receiver's own log/));
  await seen(dialog.getByText('the CRM is down'));

  receiver.answerWith(null);
  await send.click();
  await seen(dialog.getByText(/Answer 2xx first and do the work afterwards/));
  await seen(dialog.getByText('No answer', { exact: true }));

  await receiver.stop();
  await send.click();
  await seen(dialog.getByText('No connection: the receiver is down or its port is closed.'));
});

story('a delivery is copied as curl and sent again', open, async (world) => {
  const { stage, server, owner, botId, receiver } = world;
  await madeOf(world);
  const visitor = await visitorOf(server.url, botId);
  await visitor.say("it's <me>");
  await eventually('it arrives', () => receiver.received.length === 1);
  const page = await stage.page(server.url, { owner, permissions: ['clipboard-read', 'clipboard-write'] });
  await page.goto(`/bots/${botId}/deliveries`);
  await page.getByRole('row', { name: /Delivered/ }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('button', { name: 'Copy as curl' }).click();
  await seen(page.getByText('The command was copied.'));
  const command = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(command.startsWith('curl -X POST ') && command.includes(`${receiver.url}/crm`), command);
  await drawer.getByRole('button', { name: 'Send again' }).click();
  await eventually('it comes again', () => receiver.received.length === 2);
  const [first, second] = receiver.received;
  assert.equal(second.body, first.body);
  assert.equal(second.headers['webhook-id'], first.headers['webhook-id'], 'the receiver can tell that it had it');
});
