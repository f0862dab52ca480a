// From a fresh installation to a webhook that arrives, fails, is retried, and arrives again.
import assert from 'node:assert/strict';
import { eventually, gone, seen, story } from '../harness/browser.js';
import { dragElement, drawConnection, publish } from '../harness/builder.js';
import { OWNER } from '../harness/owner.js';
import { startReceiver } from '../harness/receiver.js';
import { startFresh } from '../harness/server.js';

const open = async (keep) => {
  const receiver = keep(await startReceiver());
  const server = keep(await startFresh(receiver));
  return { receiver, server };
};

story('a first bot, drawn by dragging, sends a webhook that is seen live, retried and repaired', open, async (world) => {
  const { receiver, server, stage } = world;
  const page = await stage.page(server.url);

  await page.goto('/');
  await page.getByLabel('Account').fill(OWNER.account_name);
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create the owner' }).click();
  await seen(page.getByText('At least 10 characters are needed.'));
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Create the owner' }).click();

  await seen(page.getByText('No bot yet'));
  await page.getByRole('button', { name: 'New bot' }).click();
  await page.getByRole('button', { name: 'Web chat' }).click();
  await page.getByLabel('Name').fill('Front desk');
  await page.getByRole('button', { name: 'Create the bot' }).click();
  await seen(page.getByText('Your bot is ready'));
  const chatUrl = await page.getByRole('link', { name: 'Open the chat' }).getAttribute('href');
  await page.getByRole('link', { name: 'Draw its first flow' }).click();

  await page.getByRole('button', { name: 'New flow' }).first().click();
  await page.getByRole('dialog').getByLabel('Name').fill('Welcome');
  await page.getByRole('button', { name: 'Create and draw' }).click();

  // message → user input → action: send webhook
  await dragElement(page, 'Message', { x: 180, y: 160 });
  const form = page.getByRole('complementary').first();
  await form.getByLabel('Text', { exact: true }).fill('Hello! This is the front desk.');
  await dragElement(page, 'Message', { x: 180, y: 480 });
  await form.getByRole('button', { name: 'Add a part' }).click();
  await page.getByRole('menuitem', { name: 'User input' }).click();
  await form.getByRole('button', { name: 'Remove' }).first().click();
  await form.getByLabel('Question').fill('How many nights?');
  await form.getByLabel('Save to variable').fill('nights');
  await page.keyboard.press('Escape');
  await dragElement(page, 'Action', { x: 480, y: 200 });
  await form.getByLabel('Name of the webhook').fill('Reservation asked');
  await form.getByRole('textbox', { name: 'URL', exact: true }).fill(`${receiver.url}/crm`);
  await page.getByRole('button', { name: 'Close the form' }).click();
  await page.getByRole('button', { name: 'Show all' }).click();
  const [hello, question, action] = await page.locator('.react-flow__node').all();
  await drawConnection(page, hello, 'next', question);
  await drawConnection(page, question, 'next', action);
  await seen(page.getByText('Saved', { exact: true }));

  await page.getByRole('button', { name: 'Test chat' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const test = page.getByRole('log');
  await seen(test.getByText('How many nights?'));
  await page.getByLabel('Write as the contact…').fill('3');
  await page.keyboard.press('Enter');
  await seen(test.getByText('would be sent'));
  await seen(test.getByText('The run has ended.'));
  assert.equal(await page.locator('.react-flow__edge.lit').count(), 2, 'the path is lit up');
  assert.equal(receiver.received.length, 0, 'a test chat sends nothing');
  await page.getByRole('complementary', { name: 'Test chat' }).getByRole('button', { name: 'Close' }).click();
  await publish(page, 1);

  await page.getByRole('link', { name: 'Triggers' }).click();
  await page.getByRole('button', { name: 'New trigger' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await seen(page.getByRole('row', { name: /Subscription/ }));

  await page.getByRole('link', { name: 'Deliveries' }).click();
  await seen(page.getByText('Nothing was delivered yet'));
  await seen(page.getByText('Live', { exact: true }));

  const visitor = await stage.page(server.url, { locale: 'es-ES' });
  await visitor.goto(chatUrl);
  await seen(visitor.getByText('How many nights?'));
  await visitor.getByRole('textbox', { name: 'Mensaje' }).fill('Three, please');
  await visitor.keyboard.press('Enter');

  const first = page.getByRole('row', { name: /Reservation asked/ });
  await seen(first.getByText('Delivered'));
  const [webhook] = receiver.received;
  assert.match(webhook.body, /Three, please/);
  assert.ok(webhook.headers['webhook-signature'], 'it is signed');
  await first.click();
  const drawer = page.getByRole('dialog');
  await seen(drawer.getByText(`POST ${receiver.url}/crm`));
  await seen(drawer.getByText('Three, please'));
  await seen(drawer.getByText(/^200 · /));
  await page.keyboard.press('Escape');
  await gone(drawer);

  // The receiver fails: each try is seen.
  const botId = new URL(page.url()).pathname.split('/')[2];
  const settings = await page.context().newPage();
  await settings.goto(`${server.url}/bots/${botId}/settings/webhooks`);
  await settings.getByRole('button', { name: 'Settings, test and secret' }).click();
  await settings.getByRole('button', { name: 'More' }).last().click();
  const retries = settings.getByLabel('Retries after').last();
  await retries.fill('soon');
  await seen(settings.getByText(/Write at most 20 delays/));
  await retries.fill('500 ms, 1 min, 1 min');
  await gone(settings.getByText(/Write at most 20 delays/));
  await settings.getByRole('button', { name: 'Save' }).last().click();
  const stored = async () => (await (await page.request.get(`/api/v1/bots/${botId}/webhooks`)).json()).items[0].schedule_ms;
  await eventually('the schedule is saved', async () => `${await stored()}` === '500,60000,60000');
  await settings.close();
  receiver.answerWith(503);
  const another = await stage.page(server.url);
  await another.goto(chatUrl);
  await seen(another.getByText('How many nights?'));
  await another.getByRole('textbox', { name: 'Message' }).fill('One');
  await another.keyboard.press('Enter');
  const failing = page.getByRole('row', { name: /Pending.*Reservation asked/ });
  await seen(failing);
  await failing.click();
  await seen(drawer.getByText('Attempt 2 · 503'));
  await seen(drawer.getByText(/The receiver answered with an error status/));
  await seen(drawer.getByText('the CRM is down'));
  await drawer.getByText('Attempt 1 · 503').click();

  receiver.answerWith(200);
  await drawer.getByRole('button', { name: 'Try now' }).click();
  await seen(drawer.getByText('Attempt 3 · 200'));
  await seen(drawer.getByText('Delivered'));
  await drawer.getByRole('button', { name: 'Send again' }).click();
  await eventually('it is sent again', () => receiver.received.filter(({ body }) => /"One"|One/.test(body)).length >= 4);
  const ids = new Set(receiver.received.slice(1).map(({ headers }) => headers['webhook-id']));
  assert.equal(ids.size, 1, 'each attempt and replay has the same id');
});
