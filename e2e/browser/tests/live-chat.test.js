// The bot hands over to a person, and takes over again.
import assert from 'node:assert/strict';
import { gone, seen, story } from '../harness/browser.js';
import { flowOf, handOver, openDemo } from '../harness/world.js';

story('a chat is handed to a person and back to the bot', openDemo, async ({ stage, server, owner, botId }) => {
  await flowOf(owner.call, botId, 'Talk to a person', handOver, 'person');
  const agent = await stage.page(server.url, { owner });
  await agent.goto(`/bots/${botId}/chats`);
  await seen(agent.getByText('No open chat'));

  const visitor = await stage.page(server.url);
  await visitor.goto(`/chat/${botId}?name=Marta`);
  await seen(visitor.getByText('What is your name?'));
  const say = async (text) => {
    await visitor.getByRole('textbox', { name: 'Message' }).fill(text);
    await visitor.keyboard.press('Enter');
    await seen(visitor.getByRole('log').getByText(text, { exact: true }));
  };
  // The question is answered before a keyword is heard.
  await say('Marta');
  await seen(visitor.getByText(/How many places/));
  await say('2');
  await say('marta@example.org');
  await visitor.getByRole('button', { name: 'No', exact: true }).click();
  await seen(visitor.getByText('Nothing is booked.'));
  await say('person');
  await seen(visitor.getByText('A person will answer.'));
  await seen(visitor.getByText('A colleague will be with you in a minute.'));

  const line = agent.getByRole('region', { name: 'Chats' }).getByRole('button', { name: /Marta/ });
  await seen(line);
  await seen(line.getByText('Automation paused').or(line.getByLabel('Automation paused')));
  await seen(line.getByLabel(/unread message/));
  await line.click();
  await gone(line.getByLabel(/unread message/));
  const conversation = agent.getByRole('region', { name: 'Conversation' });
  await agent.getByLabel('Write an answer').fill('Hello Marta, how can I help?');
  await agent.keyboard.press('Enter');
  await seen(conversation.getByText('Hello Marta, how can I help?'));
  await seen(visitor.getByText('Hello Marta, how can I help?'));
  await seen(visitor.getByText('Ann', { exact: false }));

  await say('book');
  await seen(conversation.getByText('book', { exact: true }));
  await say('I would like a table');
  await seen(conversation.getByText('I would like a table'));
  assert.equal(await visitor.getByText('What is your name?').count(), 1, 'the bot is silent while a person talks');

  await agent.getByRole('button', { name: 'Close the chat' }).click();
  await seen(agent.getByText('Chat closed'));
  await gone(visitor.getByText('A person will answer.'));
  await say('booking');
  await seen(visitor.getByText('What is your name?').nth(1));
  await seen(conversation.getByText('What is your name?').nth(1));
});
