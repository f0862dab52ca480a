// A ready flow is chosen, given its own address, published, and talks.
import assert from 'node:assert/strict';
import { findings, withAxe } from '../harness/axe.js';
import { eventually, seen, story } from '../harness/browser.js';
import { publish } from '../harness/builder.js';
import { ownerOf, visitorOf } from '../harness/owner.js';
import { startReceiver } from '../harness/receiver.js';
import { startFresh } from '../harness/server.js';

/** A web chat that has no flow yet. */
const open = async (keep) => {
  const receiver = keep(await startReceiver());
  const server = keep(await startFresh(receiver));
  const owner = await ownerOf(server.url);
  const bot = await owner.call('POST', '/bots', {
    name: 'Front desk',
    service: 'livechat',
  });
  return { receiver, server, owner, botId: bot.id };
};

const newFlow = async (page, button, dialogName) => {
  await page.getByRole('button', { name: button }).first().click();
  const dialog = page.getByRole('dialog', { name: dialogName });
  await seen(dialog.getByRole('radio').nth(6));
  return dialog;
};

story('a lead is collected by a ready flow', open, async (world) => {
  const { receiver, server, owner, botId, stage } = world;
  const page = await stage.page(server.url, { owner });
  await withAxe(page.context());
  await page.goto(`/bots/${botId}/flows`);
  const dialog = await newFlow(page, 'New flow', 'New flow');
  assert.equal(await dialog.getByRole('radio').count(), 7, 'a blank flow and six ready ones');
  await dialog.getByRole('radio', { name: /^Collect a lead/ }).click();
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Collect a lead');
  await seen(dialog.getByText(/Its addresses are placeholders/));
  assert.deepEqual(await findings(page), []);
  await dialog.getByRole('button', { name: 'Create and draw' }).click();
  await seen(page.locator('.react-flow__node').nth(8));

  // What is left to fill in is told, and a click leads there.
  await page.getByRole('button', { name: 'Problems' }).click();
  await page.getByRole('button', { name: /this address is a placeholder/i }).click();
  const url = page.getByRole('complementary').getByRole('textbox', { name: 'URL', exact: true });
  assert.equal(await url.inputValue(), 'https://your-crm.example/leads');
  await url.fill(`${receiver.url}/leads`);
  await seen(page.getByText('Saved', { exact: true }));
  await publish(page, 1);
  await page.getByRole('link', { name: 'Triggers' }).click();
  await page.getByRole('button', { name: 'New trigger' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await seen(page.getByRole('row', { name: /Subscription/ }));

  const visitor = await stage.page(server.url);
  await visitor.goto(`/chat/${botId}`);
  const say = async (question, text) => {
    await seen(visitor.getByText(question));
    await visitor.getByRole('textbox').fill(text);
    await visitor.keyboard.press('Enter');
  };
  await say('What is your name?', 'Ada');
  await say('Which e-mail address reaches you?', 'ada at example');
  await say('That does not look like an e-mail address.', 'ada@example.org');
  await say('And your phone number', '+44 20 7946 0958');
  await seen(visitor.getByText('Phone: +44 20 7946 0958'));
  await visitor.getByRole('button', { name: 'Yes, send it' }).click();
  await seen(visitor.getByText('Thank you, Ada! We get in touch within one working day.'));
  await eventually('the lead has arrived', () => receiver.received.length > 0);
  const [{ path, body }] = receiver.received;
  assert.equal(path, '/leads');
  const [event] = [JSON.parse(body)].flat();
  assert.deepEqual(event.info.fields, {
    name: 'Ada',
    email: 'ada@example.org',
    phone: '+442079460958',
  });

  const declared = (await owner.call('GET', `/bots/${botId}/variables`)).items.map(({ name, type }) => `${name} ${type}`);
  assert.deepEqual(declared.sort(), ['lead_email email', 'lead_name text', 'lead_phone phone']);
});

story('each ready flow can be published as it is, twice, in Spanish and on a phone', open, async (world) => {
  const { server, owner, botId, stage } = world;
  await owner.call('PATCH', '/session', { language: 'es' });
  await owner.call('PUT', `/bots/${botId}/variables`, {
    name: 'valoracion',
    scope: 'contact',
    type: 'text',
  });
  const page = await stage.page(server.url, {
    owner,
    viewport: { width: 390, height: 844 },
    colorScheme: 'dark',
  });
  await withAxe(page.context());
  const names = [
    'Bienvenida y menú',
    'Captar un interesado',
    'Reservar una mesa o cita',
    'Preguntas frecuentes',
    'Valóranos',
    'Hablar con una persona',
  ];
  for (const [nth, name] of [...names, names[0]].entries()) {
    await page.goto(`/bots/${botId}/flows`);
    const dialog = await newFlow(page, 'Nuevo flujo', 'Nuevo flujo');
    await dialog.getByRole('radio', { name: new RegExp(`^${name}`) }).click();
    if (nth === 1) {
      await seen(dialog.getByText(/direcciones son provisionales/));
      assert.deepEqual(await findings(page), []);
    }
    await dialog.getByRole('button', { name: 'Crear y dibujar' }).click();
    await seen(page.locator('.react-flow__node'));
  }
  const { items } = await owner.call('GET', `/flows?bot_id=${botId}`);
  const made = items.filter((flow) => names.some((name) => flow.name.startsWith(name)));
  assert.deepEqual(made.map((flow) => flow.name).sort(), [...names, `${names[0]} (copia)`].sort());
  for (const flow of made) await owner.call('POST', `/flows/${flow.id}/publish`, {});

  // A variable that the bot had as another type stays of that type, and the flow is made all the same.
  const flow = made.find(({ name }) => name === 'Valóranos');
  const visitor = await visitorOf(server.url, botId, { name: 'Ana' });
  await owner.call('POST', `/flows/${flow.id}/run`, { contact_id: visitor.contactId });
  await visitor.say('5');
  const rated = async () => (await owner.call('GET', `/contacts/${visitor.contactId}`)).variables.valoracion;
  await eventually('the rating is kept', async () => (await rated()) === '5');
  const { items: variables } = await owner.call('GET', `/bots/${botId}/variables`);
  assert.equal(variables.find(({ name }) => name === 'valoracion').type, 'text');
});
