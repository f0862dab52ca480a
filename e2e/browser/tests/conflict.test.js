// Two people draw one flow: nothing is overwritten unseen.
import assert from 'node:assert/strict';
import { gone, seen, story } from '../harness/browser.js';
import { openDemo } from '../harness/world.js';

story('two people change one flow, and each chooses what stays', openDemo, async ({ stage, server, owner, botId }) => {
  const path = `/bots/${botId}/flows/${server.flow_id}`;
  const [ann, ben] = [await stage.page(server.url, { owner }), await stage.page(server.url, { owner })];
  for (const page of [ann, ben]) {
    await page.goto(path);
    await seen(page.locator('.react-flow__node'));
  }
  const add = (page, type) =>
    page.getByRole('navigation', { name: 'Palette' }).getByText(type, { exact: true }).click();
  const title = (page) => page.getByRole('complementary').getByLabel('Title');
  const card = (page, text) => page.locator('.react-flow__node').getByText(text);

  await add(ann, 'Message');
  await title(ann).fill('What Ann adds');
  await seen(ann.getByText('Saved', { exact: true }));

  await add(ben, 'Pause');
  await title(ben).fill('What Ben adds');
  const conflict = ben.getByRole('dialog');
  await seen(conflict.getByText('Somebody else saved this flow meanwhile'));
  await seen(conflict.getByText('What Ann adds'));
  await seen(conflict.getByText('What Ben adds'));
  await conflict.getByRole('button', { name: 'Take theirs' }).click();
  await gone(conflict);
  await ben.getByRole('button', { name: 'Search elements' }).click();
  await ben.getByRole('dialog').getByRole('textbox').fill('What Ann adds');
  await seen(ben.getByRole('dialog').getByRole('button', { name: /What Ann adds/ }).or(ben.getByRole('option', { name: /What Ann adds/ })));
  await ben.keyboard.press('Escape');

  await title(ann).fill('What Ann wrote last');
  await seen(ann.getByText('Saved', { exact: true }));
  await add(ben, 'Filter');
  await title(ben).fill('What Ben keeps');
  await seen(conflict.getByText('What Ann wrote last'));
  await conflict.getByRole('button', { name: 'Keep mine' }).click();
  await gone(conflict);
  await seen(ben.getByText('Saved', { exact: true }));
  const flow = await owner.call('GET', `/flows/${server.flow_id}`);
  const titles = flow.draft.elements.map((element) => element.title);
  assert.ok(titles.includes('What Ben keeps') && titles.includes('What Ann adds'), titles.join());
  assert.ok(!titles.includes('What Ann wrote last'), titles.join());
  assert.ok(await card(ann, 'What Ann wrote last').count(), 'Ann still sees hers until she changes something');
});
