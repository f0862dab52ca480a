// Chromium, and a test that says what it saw when it fails.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = fileURLToPath(new URL('..', import.meta.url));
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WAIT_MS = 30_000;
const STORY_MS = 120_000;

/** A build of the web app to try instead of the one that the program carries. */
const build = process.env.RECADO_UI && resolve(here, '../..', process.env.RECADO_UI);
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html; charset=utf-8' };

async function serveBuild(context, baseURL) {
  const isOurs = ({ origin }) => !baseURL || origin === new URL(baseURL).origin;
  await context.route(isOurs, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (/^\/(api|docs|chat|l|files|hooks|inspector)(\/|$)|^\/chat\.js|^\/assets\/(chat|docs|page)/.test(pathname)) return route.continue();
    const path = join(build, pathname.startsWith('/assets/') ? pathname : '/index.html');
    await route.fulfill({ body: await readFile(path), contentType: TYPES[extname(path)] ?? 'application/octet-stream' });
  });
}

/** Opens browsers for a test, and says of each page what went wrong in it. */
class Stage {
  #browser;
  #contexts = [];
  /** Errors of scripts, dialogs and refused resources: there must be none. */
  faults = [];

  async context(options = {}) {
    this.#browser ??= chromium.launch({ executablePath, args });
    const context = await (await this.#browser).newContext({
      viewport: { width: 1440, height: 900 },
      locale: 'en-GB',
      timezoneId: 'Europe/Madrid',
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(WAIT_MS);
    if (build) await serveBuild(context, options.baseURL);
    this.#contexts.push(context);
    context.on('page', (page) => this.#watch(page));
    return context;
  }

  /** A page of somebody who is signed in as `owner`, or of a visitor. */
  async page(url, { owner, ...options } = {}) {
    const context = await this.context({ baseURL: url, ...options });
    if (owner) await context.addCookies([owner.cookie]);
    return context.newPage();
  }

  #watch(page) {
    page.on('pageerror', (error) => this.faults.push(`${page.url()}: ${error.stack ?? error.message}`));
    page.on('dialog', (dialog) => {
      this.faults.push(`${page.url()}: a dialog says ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      const text = message.text();
      const isPolicy = /Content Security Policy/i.test(text) && !/axe/.test(text);
      if (message.type() === 'error' && isPolicy) this.faults.push(`${page.url()}: ${text}`);
    });
  }

  async saw() {
    const folder = await mkdtemp(join(tmpdir(), 'recado-browser-failed-'));
    const told = [];
    let nth = 0;
    for (const page of this.#contexts.flatMap((context) => context.pages())) {
      nth += 1;
      const path = join(folder, `${nth}.png`);
      const text = await page.evaluate(() => document.body.innerText).catch(String);
      await page.screenshot({ path }).catch(() => undefined);
      told.push(`--- page ${nth}: ${page.url()} (${path})\n${text.replace(/\n+/g, ' | ').slice(0, 1_200)}`);
    }
    return told.join('\n');
  }

  async close() {
    await (await this.#browser)?.close();
  }
}

/** A test with a stage, and with what `open` starts (each has a `stop`). A failure tells what was seen. */
export function story(name, open, tell) {
  test(name, { timeout: STORY_MS }, async (context) => {
    const stage = new Stage();
    const started = [];
    try {
      const world = await open((one) => {
        started.push(one);
        return one;
      });
      await tell({ ...world, stage, context });
      if (stage.faults.length > 0) throw new Error(`the pages had faults:\n${stage.faults.join('\n')}`);
    } catch (error) {
      const logs = started.map((one) => one.log?.() ?? '').join('');
      const told = [error.stack, ...stage.faults, await stage.saw(), logs && `--- log\n${logs}`];
      error.stack = told.filter(Boolean).join('\n');
      throw error;
    } finally {
      await stage.close();
      for (const one of started.reverse()) await one.stop();
    }
  });
}

/** Asks until the answer is true; a wait for what no page shows. */
export async function eventually(what, ask, ms = WAIT_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`in ${ms} ms it did not happen: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Waits until it is seen. */
export const seen = (locator) => locator.first().waitFor({ state: 'visible' });
export const gone = (locator) => locator.first().waitFor({ state: 'hidden' });
