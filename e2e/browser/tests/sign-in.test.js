// The code of a new server, wrong passwords and how many of them, and sessions that end.
import assert from 'node:assert/strict';
import { eventually, gone, seen, story } from '../harness/browser.js';
import { OWNER, caller } from '../harness/owner.js';
import { startFresh } from '../harness/server.js';
import { openDemo } from '../harness/world.js';

const openFresh = async (keep) => ({ server: keep(await startFresh()) });

/** Whoever comes through a proxy comes from elsewhere. */
const from = (address) => ({ extraHTTPHeaders: { 'x-forwarded-for': address } });

async function signIn(page, password = OWNER.password) {
  // The page that leads here has fields of the same names.
  const button = page.getByRole('button', { name: 'Sign in' });
  await seen(button);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(OWNER.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button.click();
}

async function introduce(page) {
  await page.getByLabel('Account').fill(OWNER.account_name);
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password', { exact: true }).fill(OWNER.password);
}

async function signOut(page) {
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
}

story('from elsewhere a new server is set up with the code of its log', openFresh, async ({ stage, server }) => {
  const code = await eventually(
    'the code is in the log',
    () => /code[^\n]*?([0-9a-zA-Z_-]{8,})\s*$/m.exec(server.log())?.[1],
  );
  const here = await stage.page(server.url);
  await here.goto('/');
  await seen(here.getByRole('button', { name: 'Create the owner' }));
  assert.equal(await here.getByLabel('Code').count(), 0, 'on the same machine no code is asked for');

  const page = await stage.page(server.url, from('198.51.100.7'));
  await page.goto('/');
  const create = page.getByRole('button', { name: 'Create the owner' });
  await introduce(page);
  await create.click();
  await seen(page.getByText('This is needed.'));
  await page.getByLabel('Code').fill('not-the-code');
  await create.click();
  await seen(page.getByText(/is not the code/));
  await page.getByLabel('Code').fill(` ${code} `);
  await create.click();
  await seen(page.getByText('No bot yet'));

  // The other page does not know yet that somebody was faster.
  await introduce(here);
  await here.getByRole('button', { name: 'Create the owner' }).click();
  await seen(here.getByText('This installation has its owner already. Sign in instead.'));
  await here.getByRole('link', { name: 'Sign in' }).click();
  await signIn(here, 'not the password');
  await seen(here.getByText('E-mail or password is wrong.'));
  await signIn(here);
  await seen(here.getByText('No bot yet'));

  await signOut(page);
  await seen(page.getByRole('button', { name: 'Sign in' }));
  await page.goto('/account');
  await seen(page.getByRole('button', { name: 'Sign in' }));
});

const TRIES = 10;

story(
  'who tries too often is told how long to wait, and others are not held up',
  openFresh,
  async ({ stage, server }) => {
    const page = await stage.page(server.url, from('198.51.100.8'));
    await page.goto('/');
    await introduce(page);
    await page.getByLabel('Code').fill('a guess');
    for (let nth = 0; nth < TRIES; nth += 1) {
      const answer = page.waitForResponse((one) => one.url().endsWith('/setup') && one.request().method() === 'POST');
      await page.getByRole('button', { name: 'Create the owner' }).click();
      assert.equal((await answer).status(), 422, `try ${nth + 1} is looked at`);
      await seen(page.getByText(/is not the code/));
    }
    await page.getByRole('button', { name: 'Create the owner' }).click();
    await seen(page.getByText(/Too many tries\. Wait \d+ s and try again\./));

    const other = await stage.page(server.url, from('198.51.100.9'));
    await other.goto('/');
    await seen(other.getByRole('button', { name: 'Create the owner' }));
    const made = await fetch(`${server.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(OWNER),
    });
    assert.equal(made.status, 201);
    await page.goto('/');
    await signIn(page);
    await seen(page.getByText(/Too many tries\. Wait \d+ s and try again\./));
    await other.goto('/');
    await signIn(other);
    await seen(other.getByText('No bot yet'));
  },
);

story('a session that ends leads to signing in and back', openDemo, async ({ stage, server, botId }) => {
  const page = await stage.page(server.url);
  const path = `/bots/${botId}/deliveries?status=failed`;
  await page.goto(path);
  await signIn(page);
  await seen(page.getByText('Live', { exact: true }));

  // Somebody ends the session from elsewhere; nothing is clicked in this page.
  const end = async () => {
    const [{ name, value }] = await page.context().cookies(server.url);
    const cookie = `${name}=${value}`;
    const { csrf } = await caller(server.url, { cookie })('GET', '/session');
    await caller(server.url, { cookie, 'x-csrf-token': csrf })('DELETE', '/session');
  };
  await end();
  await seen(page.getByRole('button', { name: 'Sign in' }));
  await signIn(page);
  await seen(page.getByText('Live', { exact: true }));
  const { pathname, searchParams } = new URL(page.url());
  assert.equal(pathname + `?status=${searchParams.get('status')}`, path, 'it is where it was');

  // A page without a stream learns of it when it asks for something.
  await page.goto('/account');
  await seen(page.getByRole('heading', { name: 'API tokens' }));
  await end();
  await page.getByRole('link', { name: 'Bots' }).click();
  await seen(page.getByRole('button', { name: 'Sign in' }));
  await signIn(page);

  await seen(page.getByRole('button', { name: 'New bot' }));
  await end();
  await signOut(page);
  await seen(page.getByRole('button', { name: 'Sign in' }));
  await gone(page.getByRole('button', { name: 'New bot' }));
});
