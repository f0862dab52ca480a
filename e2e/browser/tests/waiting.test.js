// The count of those who wait in an element lists them.
import assert from 'node:assert/strict';
import { findings, withAxe } from '../harness/axe.js';
import { gone, seen, story } from '../harness/browser.js';
import { still } from '../harness/builder.js';
import { visitorOf } from '../harness/owner.js';
import { flowOf, openDemo } from '../harness/world.js';

const PEOPLE = 53;

const asking = {
  start: 'ask',
  elements: [
    {
      type: 'message',
      id: 'ask',
      title: 'Which day',
      position: { x: 0, y: 0 },
      parts: [{ kind: 'input', prompt: 'Which day?', expects: { kind: 'text' }, save_to: 'day' }],
    },
  ],
  edges: [],
};

/** So many people who were asked and have not answered. */
async function crowd(keep) {
  const world = await openDemo(keep);
  const { server, owner, botId } = world;
  await owner.call('PUT', `/bots/${botId}/variables`, { name: 'day', scope: 'contact', type: 'text' });
  const flowId = await flowOf(owner.call, botId, 'Days', asking, 'days');
  for (let nth = 1; nth <= PEOPLE; nth += 1) {
    const visitor = await visitorOf(server.url, botId, { name: `Visitor ${nth}` });
    await owner.call('POST', `/flows/${flowId}/run`, { contact_id: visitor.contactId });
  }
  return { ...world, flowId };
}

story('who waits in an element is listed by its count, and leads to the contact', crowd, async (world) => {
  const { stage, server, owner, botId, flowId } = world;
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  await page.goto(`/bots/${botId}/flows/${flowId}`);
  await page.getByRole('button', { name: 'Show how many contacts passed' }).click();
  const count = page.getByRole('button', { name: `${PEOPLE} runs wait here` });
  await still(page);
  await count.focus();
  await page.keyboard.press('Enter');

  const dialog = page.getByRole('dialog', { name: 'Who waits in “Which day”' });
  await seen(dialog.getByRole('link', { name: 'Visitor 1', exact: true }));
  await seen(dialog.getByText(/^for a reply · until .* · in the flow since .* · Version 1$/));
  assert.equal(await dialog.getByRole('link').count(), 50);
  assert.deepEqual(await findings(page), []);
  await dialog.getByRole('button', { name: 'Load more' }).click();
  await seen(dialog.getByRole('link', { name: `Visitor ${PEOPLE}`, exact: true }));
  assert.equal(await dialog.getByRole('link').count(), PEOPLE);
  assert.equal(await dialog.getByRole('button', { name: 'Load more' }).count(), 0);

  await page.keyboard.press('Escape');
  await gone(dialog);
  await count.click();
  await dialog.getByRole('link', { name: 'Visitor 2', exact: true }).click();
  await seen(page.getByRole('heading', { name: 'Visitor 2' }));
});

story('a list that can not be read says so, and one that has become empty too', crowd, async (world) => {
  const { stage, server, owner, botId, flowId } = world;
  const page = await stage.page(server.url, { owner, viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  let answer = { status: 422, body: '{}' };
  await page.route('**/waiting?**', (route) => route.fulfill({ contentType: 'application/json', ...answer }));
  await withAxe(page.context());
  await page.goto(`/bots/${botId}/flows/${flowId}`);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Counts' }).click();
  await page.getByRole('button', { name: `${PEOPLE} runs wait here` }).click();
  const dialog = page.getByRole('dialog', { name: 'Who waits in “Which day”' });
  await seen(dialog.getByText('It could not be read who waits here.'));
  assert.deepEqual(await findings(page), []);
  // A page of the server that looked at many runs and found none is not the end.
  const pages = [
    { items: [], next_cursor: 'further' },
    { items: [], next_cursor: null },
  ];
  await page.unroute('**/waiting?**');
  await page.route('**/waiting?**', (route) => route.fulfill({ json: pages.shift() }));
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await seen(dialog.getByText('Nobody waits here any more.'));
  assert.equal(pages.length, 0, 'it looked further by itself');
});
