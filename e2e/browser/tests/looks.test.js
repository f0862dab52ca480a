// Languages, light and dark, a phone in the hand, and a password that changes.
import assert from 'node:assert/strict';
import { gone, seen, story } from '../harness/browser.js';
import { OWNER } from '../harness/owner.js';
import { startFresh } from '../harness/server.js';
import { openDemo } from '../harness/world.js';

async function signIn(page, password = OWNER.password) {
  await page.locator('input[type="email"]').fill(OWNER.email);
  await page.locator('input[type="password"]').fill(password);
  await page.keyboard.press('Enter');
}

story('Spanish follows the member to each browser', openDemo, async ({ stage, server, owner, botId }) => {
  const page = await stage.page(server.url, { owner });
  await page.goto('/');
  await page.getByRole('button', { name: 'Account: Ann Lee' }).click();
  const kept = page.waitForResponse((one) => one.request().method() === 'PATCH' && one.ok());
  await page.getByRole('menuitem', { name: 'Español' }).click();
  await kept;
  for (const [section, title] of [
    ['flows', 'Flujos'],
    ['triggers', 'Disparadores'],
    ['audience', 'Audiencia'],
    ['chats', 'Chats'],
    ['deliveries', 'Entregas'],
    ['settings/webhooks', 'Ajustes'],
  ]) {
    await page.goto(`/bots/${botId}/${section}`);
    await page.getByRole('heading', { level: 1, name: title }).waitFor({ state: 'attached' });
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'es');
  }
  await page.goto(`/bots/${botId}/flows/${server.flow_id}`);
  await seen(page.getByRole('button', { name: 'Publicar' }));

  const other = await stage.page(server.url);
  await other.goto('/');
  await seen(other.getByText('Your bots, their chats'));
  await signIn(other);
  await seen(other.getByRole('button', { name: 'Nuevo bot' }));
});

story('a new password signs out the other browsers', openDemo, async ({ stage, server }) => {
  const [page, other] = [await stage.page(server.url), await stage.page(server.url)];
  for (const one of [page, other]) {
    await one.goto('/account');
    await signIn(one, one === page ? 'not the password' : OWNER.password);
  }
  await seen(page.getByText('E-mail or password is wrong.'));
  await signIn(page);
  await page.getByLabel('Current password').fill('not the password');
  await page.getByLabel('New password').fill('a longer sentence');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await seen(page.getByText('This is not your current password.'));
  await page.getByLabel('Current password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await seen(page.getByText('The password was changed.'));
  await page.reload();
  await seen(page.getByRole('heading', { name: 'API tokens' }));
  // It may have noticed by itself meanwhile.
  await other.goto('/');
  await seen(other.getByRole('button', { name: 'Sign in' }));
  await signIn(other, 'a longer sentence');
  await seen(other.getByRole('button', { name: 'New bot' }));
});

story('light and dark are kept', openDemo, async ({ stage, server, owner }) => {
  const page = await stage.page(server.url, { owner, colorScheme: 'light' });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.goto('/');
  const light = await background();
  await page.getByRole('button', { name: 'Appearance' }).click();
  await page.getByRole('menuitem', { name: 'Dark' }).click();
  await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
  await page.reload();
  await seen(page.getByRole('button', { name: 'New bot' }));
  assert.notEqual(await background(), light);
});

const openFresh = async (keep) => ({ server: keep(await startFresh()) });

story('a bot is made and drawn on a phone', openFresh, async ({ stage, server }) => {
  const page = await stage.page(server.url, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await page.goto('/');
  for (const [label, value] of [
    ['Account', OWNER.account_name],
    ['Your name', OWNER.name],
    ['E-mail', OWNER.email],
  ]) {
    await page.getByLabel(label).fill(value);
  }
  await page.locator('input[type="password"]').fill(OWNER.password);
  await page.getByRole('button', { name: 'Create the owner' }).tap();
  await page.getByRole('button', { name: 'New bot' }).tap();
  await page.getByRole('button', { name: 'Web chat' }).tap();
  await page.getByLabel('Name').fill('Pocket');
  await page.getByRole('button', { name: 'Create the bot' }).tap();
  await page.getByRole('link', { name: 'Draw its first flow' }).tap();
  await page.getByRole('button', { name: 'New flow' }).first().tap();
  await page.getByRole('dialog').getByLabel('Name').fill('Welcome');
  await page.getByRole('button', { name: 'Create and draw' }).tap();
  await page.getByText('Message', { exact: true }).first().tap();
  const form = page.getByRole('dialog');
  await form.getByLabel('Text', { exact: true }).fill('Hello from a phone');
  await form.getByRole('button', { name: 'Close the form' }).tap();
  await gone(form);
  await seen(page.locator('.react-flow__node').getByText('Hello from a phone'));
  await page.getByRole('button', { name: 'Publish' }).tap();
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).tap();
  await seen(page.getByText('Version 1 is published.'));
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page.getByRole('link', { name: 'Deliveries' }).tap();
  await seen(page.getByText('Nothing was delivered yet'));
});
