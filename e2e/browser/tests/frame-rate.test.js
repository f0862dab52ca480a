// How soon the builder opens with 300 elements and how smooth it is, printed.
import assert from 'node:assert/strict';
import { seen, story } from '../harness/browser.js';
import { still } from '../harness/builder.js';
import { openDemo } from '../harness/world.js';

const ELEMENTS = 300;
const MOVES = 90;
const FRAMES_PER_S_MIN = 20;
const OPENING_MS_MAX = 4_000;

const many = () => {
  const elements = Array.from({ length: ELEMENTS }, (_, nth) => ({
    type: 'message',
    id: `m${nth}`,
    position: { x: (nth % 20) * 320, y: Math.floor(nth / 20) * 240 },
    parts: [{ kind: 'text', text: `This is what message ${nth} says`, quick_replies: [{ id: 'a', label: 'Yes' }, { id: 'b', label: 'No' }] }],
  }));
  const edges = elements.slice(1).flatMap(({ id }, nth) => [{ from: `m${nth}`, output: 'button:a', to: id }]);
  return { version: 1, name: 'Large', start: 'm0', elements, edges };
};

/** Frames a second while `act` goes on, and the longest time between two. */
async function frames(page, act) {
  await page.evaluate(() => {
    const times = [];
    const tick = (at) => {
      times.push(at);
      globalThis.frame = requestAnimationFrame(tick);
    };
    globalThis.times = times;
    globalThis.frame = requestAnimationFrame(tick);
  });
  await act();
  return page.evaluate(() => {
    cancelAnimationFrame(globalThis.frame);
    const { times } = globalThis;
    const gaps = times.slice(1).map((at, nth) => at - times[nth]);
    return { perSecond: (gaps.length * 1_000) / (times.at(-1) - times[0]), longestMs: Math.max(...gaps) };
  });
}

story('the builder is smooth with 300 elements', openDemo, async ({ stage, server, owner, botId, context }) => {
  const flow = await owner.call('POST', '/flows', { bot_id: botId, name: 'Large', draft: many() });
  const page = await stage.page(server.url, { owner });
  const began = Date.now();
  await page.goto(`/bots/${botId}/flows/${flow.id}`);
  await seen(page.locator('.react-flow__node'));
  const openedMs = Date.now() - began;
  const sweep = async (from) => {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    for (let nth = 1; nth <= MOVES; nth += 1) {
      await page.mouse.move(from.x + 150 * Math.sin(nth / 12), from.y + 110 * Math.sin(nth / 9));
    }
    await page.mouse.up();
  };
  const pane = await page.locator('.react-flow__pane').boundingBox();
  const middle = { x: pane.x + pane.width / 2, y: pane.y + pane.height / 2 };
  const card = async () => {
    const boxes = await page.locator('.react-flow__node').evaluateAll((nodes) => nodes.map((node) => node.getBoundingClientRect().toJSON()));
    const near = boxes.filter(({ x, y }) => x > pane.x + 250 && y > pane.y + 150).sort((a, b) => Math.abs(a.x - middle.x) + Math.abs(a.y - middle.y) - Math.abs(b.x - middle.x) - Math.abs(b.y - middle.y));
    return { x: near[0].x + near[0].width / 3, y: near[0].y + near[0].height / 8 };
  };
  const zoom = async () => {
    await page.mouse.move(middle.x, middle.y);
    for (let nth = 0; nth < 30; nth += 1) await page.mouse.wheel(0, nth < 15 ? 60 : -60);
  };
  const measured = [];
  for (const look of ['near', 'whole']) {
    if (look === 'whole') await page.getByRole('button', { name: 'Show all' }).click();
    await still(page);
    const place = await card();
    measured.push([`${look}: dragging an element`, await frames(page, () => sweep(place))]);
    await still(page);
    const free = { x: pane.x + 12, y: pane.y + 12 };
    measured.push([`${look}: moving the canvas`, await frames(page, () => sweep(free))]);
    measured.push([`${look}: zooming`, await frames(page, zoom)]);
  }
  await page.locator('.react-flow__node').first().focus();
  await page.keyboard.press('Control+a');
  for (const look of ['whole', 'near']) {
    if (look === 'near') {
      await page.mouse.move(middle.x, middle.y);
      for (let nth = 0; nth < 12; nth += 1) await page.mouse.wheel(0, -120);
    }
    await seen(page.locator('.react-flow__node.selected').first());
    await still(page);
    const place = await card();
    measured.push([`${look}: dragging all`, await frames(page, () => sweep(place))]);
  }
  context.diagnostic(`opened in ${openedMs} ms`);
  for (const [what, { perSecond, longestMs }] of measured) {
    context.diagnostic(`${what}: ${perSecond.toFixed(0)} frames/s, longest ${longestMs.toFixed(0)} ms`);
  }
  assert.ok(openedMs <= OPENING_MS_MAX, `opened in ${openedMs} ms`);
  for (const [what, { perSecond }] of measured) assert.ok(perSecond >= FRAMES_PER_S_MIN, `${what}: ${perSecond.toFixed(1)} frames/s`);
});
