// Segments, notes and the tables of the audience; saved replies and who looks after a chat.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { findings, withAxe } from '../harness/axe.js';
import { eventually, gone, seen, story } from '../harness/browser.js';
import { lively } from '../harness/world.js';

story('a segment is kept, chosen, renamed and downloaded', lively, async ({ stage, server, owner, botId }) => {
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  await page.goto(`/bots/${botId}/audience?search=marta`);
  await seen(page.getByRole('row', { name: /Marta/ }));
  await page.getByRole('button', { name: 'Save as segment' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save as segment' });
  await dialog.getByLabel('Name').fill('Martas');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const segment = page.getByRole('button', { name: 'Martas', exact: true });
  await seen(segment);
  assert.equal(await segment.getAttribute('aria-pressed'), 'true');
  await page.getByRole('button', { name: 'Everybody' }).click();
  await seen(page.getByRole('row', { name: /Liam/ }));
  assert.equal(await page.getByRole('textbox', { name: 'Name, user name' }).inputValue(), '', 'the field follows');
  await segment.click();
  await gone(page.getByRole('row', { name: /Liam/ }));
  assert.deepEqual(await findings(page), []);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download CSV' }).click(),
  ]);
  const table = await readFile(await download.path(), 'utf8');
  assert.equal(table.trimEnd().split('\r\n').length, 2, table);
  assert.match(table, /Marta Ruiz/);
  await page.getByRole('button', { name: 'Segment Martas' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await gone(segment);
});

story('a note is written, changed and seen beside the chat', lively, async ({ stage, server, owner, botId }) => {
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  await page.goto(`/bots/${botId}/audience?search=liam`);
  await page.getByRole('row', { name: /Liam/ }).click();
  await page.getByLabel('Write a note').fill('Prefers the <b>aisle</b>');
  await page.getByRole('button', { name: 'Add the note' }).click();
  await seen(page.getByText('Prefers the <b>aisle</b>', { exact: true }));
  await seen(page.getByText(/^Ann Lee · /));
  await page.getByRole('button', { name: 'Edit the note' }).click();
  await page.getByRole('textbox', { name: 'Edit the note' }).fill('Prefers the window');
  await page.getByRole('button', { name: 'Save' }).click();
  await seen(page.getByText('Prefers the window', { exact: true }));
  assert.deepEqual(await findings(page), []);
  await page.getByRole('link', { name: 'Chat', exact: true }).click();
  await page.getByRole('button', { name: '1 note' }).click();
  await seen(page.getByRole('dialog', { name: 'Notes' }).getByText('Prefers the window'));
  assert.deepEqual(await findings(page), []);
  await page.getByRole('dialog', { name: 'Notes' }).getByRole('button', { name: 'Delete the note' }).click();
  await gone(page.getByText('Prefers the window'));
});

story('an agent answers with a saved reply and takes the chat', lively, async ({ stage, server, owner, botId }) => {
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  await page.goto(`/bots/${botId}/chats`);
  await page.getByRole('button', { name: /Liam/ }).click();
  const answer = page.getByRole('textbox', { name: 'Write an answer' });
  await answer.fill('Dear {{guest}}, your {{places}} places are booked.');
  await page.getByRole('button', { name: 'Saved replies' }).click();
  await page.getByRole('button', { name: 'Save this text as a reply' }).click();
  const form = page.getByRole('dialog', { name: 'New reply' });
  await form.getByLabel('Name').fill('Booked');
  assert.deepEqual(await findings(page), []);
  await form.getByRole('button', { name: 'Save' }).click();
  await gone(form);

  // What was being written is kept, and was not sent.
  assert.equal(await answer.inputValue(), 'Dear {{guest}}, your {{places}} places are booked.');
  assert.equal(await page.getByRole('region', { name: 'Conversation' }).getByText('Dear').count(), 0);

  // By keyboard alone: a slash, a word, Enter.
  await answer.fill('');
  await answer.press('/');
  const search = page.getByRole('textbox', { name: 'Search replies' });
  await seen(search);
  await search.pressSequentially('book');
  await seen(page.getByRole('option', { name: /Booked/ }));
  assert.deepEqual(await findings(page), []);
  await page.keyboard.press('Enter');
  await eventually(
    'the reply is in the field',
    async () => (await answer.inputValue()) === 'Dear Liam O’Brien, your 6 places are booked.',
  );
  await answer.press('Enter');
  await seen(
    page.getByRole('region', { name: 'Conversation' }).getByText('Dear Liam O’Brien, your 6 places are booked.'),
  );

  const colleague = await stage.page(server.url, { owner });
  await colleague.goto(`/bots/${botId}/chats`);
  const watched = colleague.getByRole('region', { name: 'Chats' });
  await seen(watched.getByRole('button', { name: /Liam/ }));
  await page.getByRole('button', { name: 'Assign', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Ann Lee (you)' }).click();
  await seen(page.getByRole('button', { name: 'Yours' }));
  const list = page.getByRole('region', { name: 'Chats' });
  await seen(list.getByText('Ann Lee looks after it'));
  // The list is read anew every 30 s anyway.
  await watched.getByText('Ann Lee looks after it').waitFor({ timeout: 10_000 });
  await list.getByText('Mine', { exact: true }).click();
  await seen(list.getByRole('button', { name: /Liam/ }));
  assert.deepEqual(await findings(page), []);
  await page.getByRole('button', { name: 'Yours' }).click();
  await page.getByRole('menuitem', { name: 'Nobody' }).click();
  await seen(page.getByRole('button', { name: 'Assign', exact: true }));

  await page.getByRole('button', { name: 'Saved replies' }).click();
  await page.getByRole('button', { name: 'Manage saved replies' }).click();
  await page.getByRole('button', { name: 'Delete: Booked' }).click();
  await seen(page.getByRole('dialog', { name: 'Saved replies' }).getByText('No saved reply yet'));
});

story(
  'a profile is edited, and a wrong field says what it takes',
  lively,
  async ({ stage, server, owner, botId, contactId }) => {
    const page = await stage.page(server.url, { owner });
    await withAxe(page.context());
    await page.goto(`/bots/${botId}/audience/${contactId}`);
    await page.getByRole('button', { name: 'Edit the profile' }).click();
    const form = page.getByRole('dialog', { name: 'Edit the profile' });
    await form.getByLabel('Phone').fill('12');
    await form.getByLabel('City').fill('Cork');
    await form.getByLabel('E-mail').fill('');
    await form.getByRole('button', { name: 'Save' }).click();
    await seen(form.getByText('A phone number with its country, as in +34600112233.'));
    assert.deepEqual(await findings(page), []);
    await form.getByLabel('Phone').fill('+353 21 427 1234');
    await form.getByRole('button', { name: 'Save' }).click();
    await gone(form);
    await seen(page.getByText('+353214271234', { exact: true }));
    const { profile } = await owner.call('GET', `/contacts/${contactId}`);
    assert.deepEqual([profile.city, profile.email ?? null], ['Cork', null]);
  },
);

story('people are imported, and each row that is wrong is told of', lively, async ({ stage, server, owner }) => {
  const bot = await owner.call('POST', '/bots', { service: 'telegram', name: 'From elsewhere' });
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  await page.goto(`/bots/${bot.id}/audience`);
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import contacts' });
  const bring = async (table) => {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      dialog.getByRole('button', { name: 'File' }).click(),
    ]);
    await chooser.setFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
    await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  };
  await bring('identity,shoes\n700,42\n');
  await seen(dialog.getByText(/shoes: Neither a column of the profile nor a variable/));
  await bring(
    'identity;name;email;tags\r\n700;Ana <b>Ruiz</b>;ana@example.org;vip, new\r\n701;Eva;eva;\r\n702;Zoë;;\r\n',
  );
  await seen(dialog.getByText('2 new contacts'));
  await seen(dialog.getByText('1 row was not taken over'));
  await seen(dialog.getByRole('row', { name: '3 email This is not an e-mail address.' }));
  assert.deepEqual(await findings(page), []);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await seen(page.getByRole('row', { name: /Ana <b>Ruiz<\/b>/ }));
  await seen(page.getByRole('row', { name: /Zoë/ }));
  await gone(page.getByRole('row', { name: /Eva/ }));
});
