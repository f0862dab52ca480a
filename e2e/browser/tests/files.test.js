// A flow leaves as a file and comes back from one; a file that is no flow is refused with words, and can be mended and chosen again.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gone, seen, story } from '../harness/browser.js';
import { openDemo } from '../harness/world.js';

const newFile = async (text) => {
  const path = join(await mkdtemp(join(tmpdir(), 'recado-files-')), 'flow.json');
  await writeFile(path, text);
  return path;
};

/** Chooses a file as a hand does: by the button and the browser's own dialog. */
async function choose(page, press, path) {
  const chooser = page.waitForEvent('filechooser');
  await press();
  await (await chooser).setFiles(path);
}

async function saved(page, press) {
  const download = page.waitForEvent('download');
  await press();
  return readFile(await (await download).path(), 'utf8');
}

story('a flow is exported, and imported into another bot', openDemo, async ({ stage, server, owner, botId }) => {
  const other = await owner.call('POST', '/bots', {
    name: 'Second bot',
    service: 'livechat',
  });
  const page = await stage.page(server.url, { owner });
  await page.goto(`/bots/${botId}/flows`);
  await page.getByRole('button', { name: /: Conference booking$/ }).click();
  const text = await saved(page, () => page.getByRole('menuitem', { name: 'Export' }).click());
  const file = await newFile(text);

  await page.goto(`/bots/${other.id}/flows`);
  const bring = () => page.getByRole('button', { name: 'Import', exact: true }).click();
  for (const [bad, why] of [
    ['{"name": "half', 'flow.json is not a flow that was exported from here.'],
    ['{"colour": "red"}', 'flow.json is not a flow that was exported from here.'],
    ['[1, 2]', 'flow.json is not a flow that was exported from here.'],
  ]) {
    await writeFile(file, bad);
    await choose(page, bring, file);
    const told = page.getByRole('alert').filter({ hasText: why });
    await seen(told);
    await seen(told.getByText('This file is no flow.'));
    await told.getByRole('button', { name: 'Close' }).click();
    await gone(told);
  }
  const { items: none } = await owner.call('GET', `/flows?bot_id=${other.id}`);
  assert.deepEqual(
    none.filter(({ name }) => /booking|undefined/.test(name)),
    [],
  );

  await writeFile(file, text);
  await choose(page, bring, file);
  await seen(page.getByText('The flow was imported.'));
  await page.getByRole('link', { name: 'Conference booking' }).click();
  await seen(page.locator('.react-flow__node').getByText('What is your name?'));
  const { items } = await owner.call('GET', `/flows?bot_id=${other.id}`);
  const [came] = items.filter(({ name }) => name === 'Conference booking');
  const [there, here] = await Promise.all([
    owner.call('GET', `/flows/${came.id}`),
    owner.call('GET', `/flows/${server.flow_id}`),
  ]);
  assert.deepEqual(there.draft, here.draft);
});

story(
  'the builder takes a file as its draft, and refuses what is no flow',
  openDemo,
  async ({ stage, server, owner, botId }) => {
    const page = await stage.page(server.url, { owner });
    await page.goto(`/bots/${botId}/flows/${server.flow_id}`);
    const cards = page.locator('.react-flow__node');
    await seen(cards);
    const act = async (name) => {
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    const text = await saved(page, () => act('Export as JSON'));
    const exported = JSON.parse(text);
    const file = await newFile('{"version": 1');
    const bring = () => choose(page, () => act('Import JSON…'), file);
    const before = await cards.count();
    for (const bad of ['{"version": 1', '{"elements": "none"}']) {
      await writeFile(file, bad);
      await bring();
      const told = page.getByRole('alert').filter({ hasText: 'This file is no flow.' });
      await seen(told);
      await told.getByRole('button').click();
      await gone(told);
      assert.equal(await cards.count(), before);
    }
    const [first] = exported.document.elements;
    const alone = {
      ...exported.document,
      start: first.id,
      elements: [{ ...first, title: 'From the file' }],
      edges: [],
    };
    await writeFile(file, JSON.stringify({ ...exported, document: alone }));
    await bring();
    await seen(page.getByText('Imported. Undo brings the former draft back.'));
    await seen(cards.getByText('From the file'));
    assert.equal(await cards.count(), 1);
    await seen(page.getByText('Saved', { exact: true }));
  },
);
