// A Telegram bot is connected through the wizard.
import assert from 'node:assert/strict';
import { seen, story } from '../harness/browser.js';
import { ownerOf } from '../harness/owner.js';
import { startFresh } from '../harness/server.js';
import { startTelegram, TOKEN } from '../harness/telegram.js';
import { flowOf } from '../harness/world.js';

const open = async (keep) => {
  const telegram = keep(await startTelegram());
  const server = keep(await startFresh(undefined, { RECADO_TELEGRAM_BASE_URL: telegram.url }));
  return { telegram, server, owner: await ownerOf(server.url) };
};

const greeting = {
  start: 'hello',
  elements: [{ type: 'message', id: 'hello', position: { x: 0, y: 0 }, parts: [{ kind: 'text', text: 'Hello from the front desk' }] }],
  edges: [],
};

story('a wrong token is told and leaves no bot; the right one connects it', open, async (world) => {
  const { telegram, server, owner, stage } = world;
  const { call } = owner;
  const page = await stage.page(server.url, { owner });
  await page.goto('/');
  await page.getByRole('button', { name: 'New bot' }).first().click();
  await page.getByRole('button', { name: 'Telegram' }).click();
  const wizard = page.getByRole('dialog');
  await wizard.getByLabel('Name').fill('Front desk');
  const token = wizard.getByLabel('Token', { exact: true });
  const connect = wizard.getByRole('button', { name: 'Connect' });

  await token.fill('not a token');
  await seen(wizard.getByText(/A token looks like/));
  assert.ok(await connect.isDisabled(), 'what is no token is not even tried');
  await token.fill('4242000:a-token-that-telegram-has-never-seen');
  await connect.click();
  await seen(wizard.getByText('Telegram does not take this token: Unauthorized. Copy it anew from @BotFather.'));
  assert.deepEqual((await call('GET', '/bots')).items, [], 'no half-made bot is left');

  await token.fill(TOKEN);
  await connect.click();
  await seen(wizard.getByText('Your bot is ready'));
  const { items } = await call('GET', '/bots');
  assert.equal(items.length, 1);
  assert.equal(items[0].connected, true);
  await page.keyboard.press('Escape');
  await seen(page.locator('#content').getByText('Connected'));

  await flowOf(call, items[0].id, 'Welcome', greeting, 'hi');
  await telegram.says('hi');
  await telegram.hears('Hello from the front desk');
});

story('a Telegram that does not answer is told in the language of the page', open, async (world) => {
  const { telegram, server, owner, stage } = world;
  const page = await stage.page(server.url, { owner });
  await owner.call('PATCH', '/session', { language: 'es' });
  await page.goto('/');
  await page.getByRole('button', { name: 'Nuevo bot' }).first().click();
  await page.getByRole('button', { name: 'Telegram' }).click();
  const wizard = page.getByRole('dialog');
  await wizard.getByLabel('Nombre').fill('Recepción');
  await wizard.getByLabel('Token', { exact: true }).fill(TOKEN);
  telegram.hangUp();
  await wizard.getByRole('button', { name: 'Conectar' }).click();
  await seen(wizard.getByText('Ahora no se puede contactar con Telegram. Inténtalo de nuevo en un momento.'));
  assert.deepEqual((await owner.call('GET', '/bots')).items, []);
});
