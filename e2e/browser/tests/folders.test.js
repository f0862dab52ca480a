// Flows are put into folders, found in them, and folders are closed and renamed.
import assert from 'node:assert/strict';
import { findings, withAxe } from '../harness/axe.js';
import { eventually, seen, story } from '../harness/browser.js';
import { openDemo } from '../harness/world.js';

const names = (page) =>
  page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.querySelector('a, bdi').textContent));

story('flows are kept in folders', openDemo, async ({ stage, server, owner, botId }) => {
  for (let nth = 1; nth <= 8; nth += 1)
    await owner.call('POST', '/flows', { bot_id: botId, name: `Campaign ${nth}`, folder: nth > 6 ? 'Archive' : null });
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  await page.goto(`/bots/${botId}/flows`);
  await page.getByRole('button', { name: 'Actions: Campaign 1' }).click();
  await page.getByRole('menuitem', { name: 'Move to folder' }).click();
  const dialog = page.getByRole('dialog', { name: 'Move to a folder' });
  await dialog.getByLabel('Folder').fill('Spring');
  assert.deepEqual(await findings(page), []);
  await dialog.getByRole('button', { name: 'Move' }).click();
  const spring = page.getByRole('button', { name: /^Spring/ });
  await seen(spring);
  assert.deepEqual((await names(page)).slice(-5), ['Archive', 'Campaign 7', 'Campaign 8', 'Spring', 'Campaign 1']);

  // Closed, it stays closed; what is looked for shows all the same.
  await page.getByRole('button', { name: /^Archive/ }).click();
  await eventually(
    'the folder closes',
    async () => (await page.getByRole('link', { name: 'Campaign 7' }).count()) === 0,
  );
  await page.reload();
  await seen(spring);
  assert.equal(await page.getByRole('link', { name: 'Campaign 7' }).count(), 0);
  await page.getByRole('textbox', { name: 'Search flows' }).fill('campaign 7');
  await seen(page.getByRole('link', { name: 'Campaign 7' }));
  assert.deepEqual(await names(page), ['Archive', 'Campaign 7']);
  await page.getByRole('textbox', { name: 'Search flows' }).fill('nothing like it');
  await seen(page.getByText('No flow has these words'));
  // One of its two flows is shown; the folder is renamed as a whole.
  await page.getByRole('textbox', { name: 'Search flows' }).fill('campaign 7');

  await page.getByRole('button', { name: 'Actions: Archive' }).click();
  await page.getByRole('menuitem', { name: 'Rename folder' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Old campaigns');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await seen(page.getByRole('button', { name: /^Old campaigns/ }));
  await page.getByRole('textbox', { name: 'Search flows' }).fill('');
  const listed = await owner.call('GET', `/flows?bot_id=${botId}`);
  assert.equal(listed.items.filter(({ folder }) => folder === 'Old campaigns').length, 2);

  await page.getByRole('button', { name: 'Actions: Spring' }).click();
  await page.getByRole('menuitem', { name: 'New flow here' }).click();
  const fresh = page.getByRole('dialog', { name: 'New flow' });
  await fresh.getByLabel('Name').fill('Easter');
  await fresh.getByRole('button', { name: 'Create and draw' }).click();
  await seen(page.getByRole('region', { name: 'Canvas' }).or(page.locator('.react-flow')).first());
  const easter = (await owner.call('GET', `/flows?bot_id=${botId}`)).items.find(({ name }) => name === 'Easter');
  assert.equal(easter.folder, 'Spring');

  for (const [width, scheme] of [
    [1440, 'light'],
    [390, 'dark'],
  ]) {
    await page.setViewportSize({ width, height: 844 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(`/bots/${botId}/flows`);
    await seen(spring);
    assert.deepEqual(await findings(page), []);
  }
});
