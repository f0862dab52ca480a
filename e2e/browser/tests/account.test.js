// One's other browsers are seen and signed out; how the installation does.
import assert from 'node:assert/strict';
import { findings, withAxe } from '../harness/axe.js';
import { gone, seen, story } from '../harness/browser.js';
import { ownerOf, signIn } from '../harness/owner.js';
import { openDemo } from '../harness/world.js';

story('another browser is signed out', openDemo, async ({ stage, server, owner }) => {
  const other = await signIn(server.url);
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  const elsewhere = await stage.page(server.url, { owner: other });
  await elsewhere.goto('/account');
  await seen(elsewhere.getByText('Signed-in browsers'));
  await page.goto('/account');
  const browsers = page.locator('section', { has: page.getByRole('heading', { name: 'Signed-in browsers' }) });
  await seen(browsers.getByText('this one'));
  assert.deepEqual(await findings(page), []);
  await browsers.getByRole('button', { name: 'Sign out all others' }).click();
  await seen(page.getByText('All other browsers were signed out.'));
  await gone(browsers.getByRole('button', { name: 'Sign out all others' }));
  await elsewhere.reload();
  await seen(elsewhere.getByRole('button', { name: 'Sign in' }));
  await page.reload();
  await seen(browsers.getByText('this one'));
});

story('the page of the installation says what to do', openDemo, async ({ stage, server, owner }) => {
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  await page.goto('/');
  await page.getByRole('link', { name: 'System' }).click();
  await seen(page.getByRole('heading', { name: 'System' }));
  await seen(page.getByText(/Set public_url when the server can be reached/));
  await seen(page.getByText('Nothing waits.').or(page.getByText(/The oldest is of/)));
  assert.deepEqual(await findings(page), []);
});
