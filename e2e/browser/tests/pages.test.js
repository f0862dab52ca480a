// Each page in light and dark, on a wide screen and on a phone: nothing is cut off, and axe finds nothing.
// With RECADO_PICTURES=<folder> each page is pictured, or those that the documentation shows.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findings, withAxe } from '../harness/axe.js';
import { seen, story } from '../harness/browser.js';
import { ownerOf } from '../harness/owner.js';
import { pagesOf, settled } from '../harness/pages.js';
import { startFresh } from '../harness/server.js';
import { lively } from '../harness/world.js';

const folder = process.env.RECADO_PICTURES;
const isAll = process.env.RECADO_PICTURES_OF === 'all';
const LOOKS = ['light-wide', 'dark-wide', 'light-phone', 'dark-phone'];
const SHOWN = {
  'light-wide': ['welcome', 'bots', 'flows', 'builder', 'triggers', 'audience', 'contact', 'chat', 'deliveries', 'delivery', 'settings-webhooks', 'inspector', 'account'],
  'dark-wide': ['builder', 'builder-test', 'chat', 'deliveries', 'delivery'],
  'light-phone': ['bots', 'builder', 'chats', 'chat', 'deliveries', 'delivery', 'sign-in'],
  'dark-phone': ['chat', 'builder-test', 'settings-webhooks'],
};

async function openLook(stage, url, look, owner) {
  const [colorScheme, size] = look.split('-');
  const viewport = size === 'wide' ? { width: 1440, height: 900 } : { width: 390, height: 844 };
  const page = await stage.page(url, { owner, colorScheme, viewport, ...(size === 'phone' && { hasTouch: true }) });
  await withAxe(page.context());
  return page;
}

/** Pictures the page, and says what is wrong with it. */
async function judge(page, name, look) {
  await settled(page);
  const faults = [];
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (over > 0) faults.push(`it is ${over} px wider than the screen`);
  faults.push(...(await findings(page)));
  if (folder && (isAll || SHOWN[look].includes(name))) {
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), animations: 'disabled' });
  }
  return faults.map((fault) => `${name}, ${look}: ${fault}`);
}

const noFaults = (faults) => assert.equal(faults.length, 0, `${faults.length} faults\n${faults.join('\n')}`);

story('every page can be read and reached in every look', lively, async (world) => {
  const { stage, server, owner } = world;
  const faults = [];
  await Promise.all(
    LOOKS.map(async (look) => {
      const page = await openLook(stage, server.url, look, owner);
      for (const [name, path, look_at] of pagesOf(world)) {
        await page.goto(path);
        await look_at(page);
        faults.push(...(await judge(page, name, look)));
        if (name === 'builder') faults.push(...(await judgeBuilder(page, look)));
      }
    }),
  );
  noFaults(faults);
});

/** The form of an element, and the test chat beside the canvas. */
async function judgeBuilder(page, look) {
  const faults = [];
  await page.locator('.react-flow__node').nth(1).click();
  await seen(page.getByLabel('Question').or(page.getByText('Add a part')));
  faults.push(...(await judge(page, 'builder-form', look)));
  await page.getByRole('button', { name: 'Close the form' }).click();
  await page.getByRole('button', { name: 'Test chat' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  for (const [asks, answer] of [
    ['What is your name?', 'Marta'],
    [/How many places/, '2'],
    [/Which e-mail/, 'marta@example.org'],
  ]) {
    await seen(page.getByRole('log').getByText(asks));
    await page.getByLabel('Write as the contact…').fill(answer);
    await page.keyboard.press('Enter');
  }
  await page.getByRole('button', { name: 'Yes, book' }).click();
  await seen(page.getByText('would be sent'));
  faults.push(...(await judge(page, 'builder-test', look)));
  return faults;
}

const openFresh = async (keep) => ({ server: keep(await startFresh()) });

story('the first page and the sign-in can be read and reached', openFresh, async ({ stage, server }) => {
  const faults = [];
  for (const look of LOOKS) {
    const page = await openLook(stage, server.url, look);
    await page.goto('/');
    await seen(page.getByRole('button', { name: 'Create the owner' }));
    faults.push(...(await judge(page, 'welcome', look)));
  }
  await ownerOf(server.url);
  for (const look of LOOKS) {
    const page = await openLook(stage, server.url, look);
    await page.goto('/');
    await seen(page.getByRole('button', { name: 'Sign in' }));
    faults.push(...(await judge(page, 'sign-in', look)));
  }
  noFaults(faults);
});
