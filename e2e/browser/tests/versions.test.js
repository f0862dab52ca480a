// What was published stays: versions are compared with the draft, and an old one is brought back.
import assert from 'node:assert/strict';
import { gone, seen, story } from '../harness/browser.js';
import { publish } from '../harness/builder.js';
import { openDemo } from '../harness/world.js';

const said = (text) => ({
  start: 'hello',
  elements: [
    {
      type: 'message',
      id: 'hello',
      title: 'Greeting',
      position: { x: 0, y: 0 },
      parts: [{ kind: 'text', text }],
    },
  ],
});

const openFlow = async (keep) => {
  const world = await openDemo(keep);
  const draft = { version: 1, name: 'Greetings', ...said('Good morning') };
  const flow = await world.owner.call('POST', '/flows', {
    bot_id: world.botId,
    name: 'Greetings',
    draft,
  });
  return { ...world, flow };
};

story(
  'the first version is compared, restored and published again',
  openFlow,
  async ({ stage, server, owner, botId, flow }) => {
    const page = await stage.page(server.url, { owner });
    await page.goto(`/bots/${botId}/flows/${flow.id}`);
    const card = page.locator('.react-flow__node');
    await seen(card.getByText('Good morning'));
    await publish(page, 1);

    await card.click();
    const form = page.getByRole('complementary');
    await form.getByRole('textbox', { name: 'Text' }).fill('Good evening');
    await page.getByRole('navigation', { name: 'Palette' }).getByText('Pause', { exact: true }).click();
    await form.getByLabel('Title').fill('Later');
    await seen(page.getByText('Saved', { exact: true }));
    await publish(page, 2);

    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Versions' }).click();
    const dialog = page.getByRole('dialog', { name: 'Versions' });
    await seen(dialog.getByRole('button', { name: /^Version 2.*published$/ }));
    await dialog.getByRole('button', { name: /^Version 2/ }).click();
    await seen(dialog.getByText('The draft is the same.'));
    assert.ok(await dialog.getByRole('button', { name: 'Restore as draft' }).isDisabled());
    await dialog.getByRole('button', { name: 'All versions' }).click();

    await dialog.getByRole('button', { name: /^Version 1/ }).click();
    await seen(dialog.getByText('Compared with the draft'));
    const drawn = dialog.locator('.react-flow__node');
    await seen(drawn.filter({ hasText: 'Greeting' }));
    await seen(drawn.filter({ hasText: 'Later' }));
    const changed = dialog.getByRole('button', { name: /Greeting/ }).and(dialog.locator('[aria-expanded]'));
    await changed.click();
    await seen(dialog.locator('[data-side="before"]').getByText('Good morning'));
    await seen(dialog.locator('[data-side="after"]').getByText('Good evening'));
    await dialog.getByRole('button', { name: 'Restore as draft' }).click();
    await gone(dialog);
    await seen(page.getByText('Version 1 is the draft now.'));
    await seen(card.getByText('Good morning'));
    assert.equal(await card.count(), 1);

    await publish(page, 3);
    const versions = await owner.call('GET', `/flows/${flow.id}/versions`);
    assert.equal(versions.items[0].number, 3);
    const now = await owner.call('GET', `/flows/${flow.id}`);
    assert.deepEqual(
      now.draft.elements.map(({ parts }) => parts[0].text),
      ['Good morning'],
    );
  },
);
