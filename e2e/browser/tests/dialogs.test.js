// Dialogs and drawers can be read and reached, in light and dark: axe finds nothing while they are open.
import assert from 'node:assert/strict';
import { findings, withAxe } from '../harness/axe.js';
import { seen, story } from '../harness/browser.js';
import { settled } from '../harness/pages.js';
import { lively } from '../harness/world.js';

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const first = (page, name) => page.getByRole('button', { name, exact: true }).first().click();

const openVersions = async (page) => {
  await press(page, 'More');
  await page.getByRole('menuitem', { name: 'Versions' }).click();
};

/** Each dialog: where it is, and what opens it. */
function dialogsOf({ server, botId, contactId, failed }) {
  const bot = `/bots/${botId}`;
  const builder = `${bot}/flows/${server.flow_id}`;
  return [
    ['new bot', '/', (page) => press(page, 'New bot')],
    ['new flow', `${bot}/flows`, (page) => press(page, 'New flow')],
    ['new trigger', `${bot}/triggers`, (page) => first(page, 'New trigger')],
    ['publish', builder, (page) => press(page, 'Publish')],
    ['versions', builder, openVersions],
    ['import', `${bot}/audience`, (page) => press(page, 'Import CSV')],
    ['start a flow', `${bot}/audience/${contactId}`, (page) => first(page, 'Start a flow')],
    ['delivery', `${bot}/deliveries?delivery=${failed.id}`, async () => undefined],
  ];
}

async function judge(page, name) {
  await settled(page);
  const faults = [];
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    await page.evaluate(() =>
      Promise.allSettled(
        document
          .getAnimations()
          .filter((one) => one instanceof CSSTransition)
          .map((one) => one.finished),
      ),
    );
    faults.push(...(await findings(page, { onlyColours: colorScheme === 'dark' })));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return faults.map((fault) => `${name}: ${fault}`);
}

story('every dialog can be read and reached', lively, async (world) => {
  const { stage, server, owner, botId } = world;
  const page = await stage.page(server.url, { owner, colorScheme: 'light' });
  await withAxe(page.context());
  const faults = [];
  for (const [name, path, open] of dialogsOf(world)) {
    await page.goto(path);
    await open(page);
    await seen(page.getByRole('dialog'));
    faults.push(...(await judge(page, name)));
  }
  await page.goto(`/bots/${botId}/settings/webhooks`);
  await first(page, 'Settings, test and secret');
  await first(page, 'More');
  faults.push(...(await judge(page, 'more of a webhook')));
  assert.equal(faults.length, 0, `${faults.length} faults\n${faults.join('\n')}`);
});
