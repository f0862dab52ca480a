// Looks at every page as people do: takes a picture of each, light and dark, wide and on a phone, and asks axe what
// somebody could not read or reach. `UI_URL` is a running app (see dev/server.mjs), `BOT` one of its bots.
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const base = process.env.UI_URL ?? 'http://127.0.0.1:5180';
const chromePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const out = process.env.OUT ?? join(tmpdir(), 'recado-look');
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
const settled = 900;

const { items: bots } = await (await fetch(`${base}/api/v1/bots`)).json();
const bot = process.env.BOT ?? bots[0]?.id;
const { items: contacts } = await (await fetch(`${base}/api/v1/contacts?bot_id=${bot}&limit=1`)).json();
const contact = contacts[0]?.id;
const pages = {
  bots: '/',
  flows: `/bots/${bot}/flows`,
  triggers: `/bots/${bot}/triggers`,
  audience: `/bots/${bot}/audience`,
  ...(contact && {
    contact: `/bots/${bot}/audience/${contact}`,
    chat: `/bots/${bot}/chats?state=all&contact=${contact}`,
  }),
  chats: `/bots/${bot}/chats`,
  deliveries: `/bots/${bot}/deliveries`,
  ...Object.fromEntries(
    ['general', 'channel', 'variables', 'webhooks', 'links', 'log'].map((name) => [
      name,
      `/bots/${bot}/settings/${name}`,
    ]),
  ),
  inspector: '/account/inspector',
  account: '/account',
  missing: '/no-such-page',
};

await mkdir(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: chromePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-sync',
  ],
});
let findings = 0;
const report = (...words) => {
  findings += 1;
  console.log(...words);
};
for (const [colorScheme, width] of [
  ['light', 1440],
  ['dark', 1440],
  ['light', 390],
  ['dark', 390],
]) {
  // axe is put into the page as a script, which the policy of the app rightly refuses.
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
  const page = await context.newPage();
  page.on('pageerror', (error) => report('error', page.url(), error.message));
  page.on('dialog', (dialog) => {
    report('dialog', page.url(), dialog.message());
    void dialog.dismiss();
  });
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(base + path);
    await page.waitForTimeout(settled);
    await page.screenshot({ path: `${out}/${name}-${colorScheme}-${width}.png` });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) report('wider than the screen', name, width, over);
    await page.evaluate(axe);
    const { violations } = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: values }), rules);
    for (const { id, nodes } of violations) report('axe', name, colorScheme, width, id, nodes[0].html.slice(0, 160));
  }
  await context.close();
}
await browser.close();
console.log(`${findings} findings, pictures in ${out}`);
process.exitCode = findings ? 1 : 0;
