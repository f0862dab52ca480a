// Every page of the app, and when it is there.
import { seen } from './browser.js';
import { still } from './builder.js';

/** Pages of a bot; `look` waits until what the page is for is seen. */
export function pagesOf({ server, botId, contactId, failed }) {
  const bot = `/bots/${botId}`;
  const text = (words) => (page) => seen(page.locator('#content').getByText(words).filter({ visible: true }));
  const settings = (section, words) => [`settings-${section}`, `${bot}/settings/${section}`, text(words)];
  const builder = async (page) => {
    await seen(page.locator('.react-flow__node'));
    await still(page);
  };
  return [
    ['bots', '/', text('Connected')],
    ['flows', `${bot}/flows`, text('Conference booking')],
    ['builder', `${bot}/flows/${server.flow_id}`, builder],
    ['triggers', `${bot}/triggers`, text('Anything else')],
    ['audience', `${bot}/audience`, text('Marta Ruiz')],
    ['contact', `${bot}/audience/${contactId}`, text('Can I add a seventh place?')],
    ['chats', `${bot}/chats`, text('Liam O’Brien')],
    ['chat', `${bot}/chats?state=all&contact=${contactId}`, text('Can I add a seventh place?')],
    ['deliveries', `${bot}/deliveries`, text('Failed')],
    [
      'delivery',
      `${bot}/deliveries?delivery=${failed.id}`,
      (page) => seen(page.getByRole('dialog').getByText('the CRM is down')),
    ],
    settings('general', 'Delete this bot'),
    settings('channel', 'On your site'),
    settings('variables', 'guest'),
    settings('webhooks', 'Try it on my laptop'),
    settings('links', /link/i),
    settings('log', /log/i),
    ['inspector', '/account/inspector', text('Its URL')],
    ['account', '/account', text('API tokens')],
    ['system', '/account/system', text('Messages to send')],
    ['missing', '/no-such-page', (page) => seen(page.getByRole('heading', { level: 1 }))],
  ];
}

/** Waits until nothing on the page is a placeholder of what is still read. */
export const settled = (page) =>
  page.waitForFunction(
    () => !document.querySelector('.mantine-Skeleton-root, .mantine-Loader-root') && document.fonts.status === 'loaded',
  );
