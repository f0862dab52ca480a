// Everything without a mouse.
import assert from 'node:assert/strict';
import { eventually, seen, story } from '../harness/browser.js';
import { OWNER } from '../harness/owner.js';
import { openDemo } from '../harness/world.js';

const STEPS_MAX = 60;

/** Presses Tab until it has the focus, which must be seen. */
async function tabTo(page, locator, key = 'Tab') {
  await seen(locator);
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (await locator.first().evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${STEPS_MAX} times ${key} did not lead to ${locator}`);
}

async function pressOn(page, locator) {
  await tabTo(page, locator);
  await page.keyboard.press('Enter');
}

story('a flow is drawn, tried and published by keyboard alone', openDemo, async ({ stage, server, botId, owner }) => {
  const page = await stage.page(server.url);
  const { keyboard } = page;
  await page.goto(`/bots/${botId}/flows`);
  await seen(page.getByLabel('E-mail'));
  await keyboard.type(OWNER.email);
  await keyboard.press('Tab');
  await keyboard.type(OWNER.password);
  await keyboard.press('Enter');

  await seen(page.getByRole('heading', { name: 'Flows' }));
  await pressOn(page, page.getByRole('link', { name: 'Skip to content' }));
  await pressOn(page, page.getByRole('button', { name: 'New flow' }));
  await seen(page.getByRole('dialog').getByLabel('Name'));
  await keyboard.type('By keyboard');
  await keyboard.press('Enter');
  await seen(page.getByText('This flow has no elements yet'));

  await keyboard.press('1');
  const text = page.getByRole('complementary').getByLabel('Text', { exact: true });
  await tabTo(page, text);
  await keyboard.type('Hello by keyboard');
  const leadsTo = page.getByRole('complementary').getByRole('combobox', { name: /next/i });
  await tabTo(page, leadsTo);
  await keyboard.press('ArrowDown');
  await seen(page.getByRole('option', { name: '+ new Message' }));
  while (!(await page.getByRole('option', { name: '+ new Pause' }).getAttribute('data-combobox-selected'))) {
    await keyboard.press('ArrowDown');
  }
  await keyboard.press('Enter');
  await page.locator('.react-flow__edge').first().waitFor({ state: 'attached' });
  const cards = page.locator('.react-flow__node');
  assert.equal(await cards.count(), 2);
  await keyboard.press('Escape');
  await tabTo(page, cards.first(), 'Shift+Tab');
  await keyboard.press('Enter');
  await seen(text);
  await tabTo(page, cards.first(), 'Shift+Tab');
  const place = () => cards.first().evaluate((card) => card.style.transform);
  const before = await place();
  await keyboard.press('Shift+ArrowDown');
  assert.notEqual(await place(), before, 'an arrow moves the card');
  await keyboard.press('Control+z');
  await eventually('undo moves it back', async () => (await place()) === before);
  await keyboard.press('Control+s');
  await seen(page.getByText('Saved', { exact: true }));
  const { items } = await owner.call('GET', `/flows?bot_id=${botId}`);
  const flow = await owner.call('GET', `/flows/${items.find(({ name }) => name === 'By keyboard').id}`);
  assert.equal(flow.draft.elements.length, 2);
  assert.equal(flow.draft.edges.length, 1);

  await pressOn(page, page.getByRole('button', { name: 'Test chat' }));
  await pressOn(page, page.getByRole('button', { name: 'Start', exact: true }));
  await seen(page.getByRole('log').getByText('Hello by keyboard'));
  await pressOn(page, page.getByRole('button', { name: 'Skip the wait' }));
  await seen(page.getByText('The run has ended.'));
  await tabTo(page, page.getByRole('button', { name: 'Publish' }), 'Shift+Tab');
  await keyboard.press('Enter');
  await pressOn(page, page.getByRole('dialog').getByRole('button', { name: 'Publish' }));
  await seen(page.getByText('Version 1 is published.'));
});
