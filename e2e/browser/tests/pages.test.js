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
const SIZES = ['wide', 'phone'];
const SHOWN = {
  'light-wide': ['welcome', 'bots', 'flows', 'builder', 'triggers', 'audience', 'contact', 'chat', 'deliveries', 'delivery', 'settings-webhooks', 'inspector', 'account'],
  'dark-wide': ['builder', 'builder-test', 'chat', 'deliveries', 'delivery'],
  'light-phone': ['bots', 'builder', 'chats', 'chat', 'deliveries', 'delivery', 'sign-in'],
  'dark-phone': ['chat', 'builder-test', 'settings-webhooks'],
};

async function openAs(stage, url, size, owner) {
  const viewport = size === 'wide' ? { width: 1440, height: 900 } : { width: 390, height: 844 };
  const page = await stage.page(url, { owner, colorScheme: 'light', viewport });
  await withAxe(page.context());
  return page;
}

/** Pictures the page in light and dark, and says what is wrong with it. */
async function judge(page, name, size) {
  await settled(page);
  const faults = [];
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (over > 0) faults.push(`it is ${over} px wider than the screen`);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)));
    faults.push(...(await findings(page, { onlyColours: colorScheme === 'dark' })));
    await picture(page, name, `${colorScheme}-${size}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return faults.map((fault) => `${name}, ${size}: ${fault}`);
}

async function picture(page, name, look) {
  if (!folder || !(isAll || SHOWN[look].includes(name))) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}-${look}.png`), animations: 'disabled' });
}

const noFaults = (faults) => assert.equal(faults.length, 0, `${faults.length} faults\n${faults.join('\n')}`);

story('every page can be read and reached in every look', lively, async (world) => {
  const { stage, server, owner } = world;
  const faults = [];
  await Promise.all(
    SIZES.map(async (size) => {
      const page = await openAs(stage, server.url, size, owner);
      for (const [name, path, arrives] of pagesOf(world)) {
        await page.goto(path);
        await arrives(page);
        faults.push(...(await judge(page, name, size)));
        if (name === 'builder') faults.push(...(await judgeBuilder(page, size)));
      }
    }),
  );
  noFaults(faults);
});

/** The form of an element, and the test chat beside the canvas. */
async function judgeBuilder(page, size) {
  const faults = [];
  await page.locator('.react-flow__node').nth(1).click();
  await seen(page.getByLabel('Question').or(page.getByText('Add a part')));
  faults.push(...(await judge(page, 'builder-form', size)));
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
  faults.push(...(await judge(page, 'builder-test', size)));
  return faults;
}

const openFresh = async (keep) => ({ server: keep(await startFresh()) });

story('the first page and the sign-in can be read and reached', openFresh, async ({ stage, server }) => {
  const faults = [];
  for (const size of SIZES) {
    const page = await openAs(stage, server.url, size);
    await page.goto('/');
    await seen(page.getByRole('button', { name: 'Create the owner' }));
    faults.push(...(await judge(page, 'welcome', size)));
  }
  await ownerOf(server.url);
  for (const size of SIZES) {
    const page = await openAs(stage, server.url, size);
    await page.goto('/');
    await seen(page.getByRole('button', { name: 'Sign in' }));
    faults.push(...(await judge(page, 'sign-in', size)));
  }
  noFaults(faults);
});
