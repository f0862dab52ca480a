// What a hand does in the builder.
import { seen } from './browser.js';

/** Drags an element from the palette to a place on the canvas. */
export async function dragElement(page, name, place) {
  const before = await page.locator('.react-flow__node').count();
  await page
    .getByRole('navigation', { name: 'Palette' })
    .getByText(name, { exact: true })
    .dragTo(page.locator('.react-flow__pane'), { targetPosition: place, force: true });
  await seen(page.locator('.react-flow__node').nth(before));
}

/** Waits until the canvas has come to rest after a slide. */
export const still = (page) =>
  page.locator('.react-flow__viewport').evaluate(
    (viewport) =>
      new Promise((done) => {
        let [last, frames] = ['', 0];
        const look = () => {
          const now = viewport.style.transform;
          frames = now === last ? frames + 1 : 0;
          last = now;
          if (frames > 12) done();
          else requestAnimationFrame(look);
        };
        look();
      }),
  );

/** Draws a connection from an output of one card to another card. */
export async function drawConnection(page, from, output, to) {
  await still(page);
  const before = await page.locator('.react-flow__edge').count();
  const start = await middle(from.locator(`.react-flow__handle[data-handleid="${output}"]`));
  const end = await middle(to.locator('.react-flow__handle[data-handleid="in"]'));
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2, { steps: 5 });
  await page.mouse.move(end.x, end.y, { steps: 5 });
  await page.mouse.up();
  await page.locator('.react-flow__edge').nth(before).waitFor({ state: 'attached' });
}

async function middle(locator) {
  const box = await locator.boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Publishes the draft, which becomes this version. */
export async function publish(page, version) {
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
  await seen(page.getByText(`Version ${version} is published.`));
}
