// Certifies the fake Bot API server with a foreign client: grammY, which real Telegram bots run on, drives it by polling and by webhook.
//
//   cargo build -p recado-testkit --bin fake-telegram
//   npm ci && node certify.js <path of fake-telegram>
//
// Prints one line a check, and ends with 0 when all hold.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Bot, GrammyError, InlineKeyboard, webhookCallback } from 'grammy';

const child = spawn(process.argv[2] ?? 'fake-telegram', [], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await answers.next()).value);
const tell = (line) => (child.stdin.write(`${line}\n`), read());

/** Resolves when `condition` (async) holds; between two looks everything else gets its turn. */
async function until(what, condition) {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    await new Promise(setImmediate);
    if (Date.now() > end) throw new Error(`waited for ${what}: ${JSON.stringify((await tell('calls 0')).slice(-10))}`);
  }
}

async function refused(what, promise, code, words) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof GrammyError, `${what}: ${error}`);
    assert.equal(error.error_code, code, what);
    assert.match(error.description, words, what);
    return true;
  });
  console.log(`ok: ${what}`);
}

const { url, token } = await read();
const client = { apiRoot: url };
const chat = 7;

function makeBot() {
  const bot = new Bot(token, { client });
  bot.command('start', (ctx) => ctx.reply(`Welcome ${ctx.from.first_name}, ${ctx.match || 'nobody'} sent you`));
  bot.on('message:text', (ctx) =>
    ctx.reply(`<b>You said</b> ${ctx.message.text}`, {
      parse_mode: 'HTML',
      reply_markup: new InlineKeyboard().text('Yes', 'yes:1').row().url('Site', 'https://example.com'),
    }));
  bot.callbackQuery('yes:1', async (ctx) => {
    await ctx.answerCallbackQuery({ text: 'Noted' });
    await ctx.reply('You pressed Yes');
  });
  bot.on('my_chat_member', (ctx) => members.push(ctx.myChatMember.new_chat_member.status));
  return bot;
}
const members = [];
const texts = () => tell(`sent ${chat}`);

// Polling: grammY calls getMe and deleteWebhook, then polls.
const bot = makeBot();
bot.catch((error) => { throw error; });
const polling = bot.start({ drop_pending_updates: false, allowed_updates: ['message', 'callback_query', 'my_chat_member'] });
await tell(`says ${chat} /start promo_7`);
await until('the welcome', async () => (await texts()).includes('Welcome Ann, promo_7 sent you'));
console.log('ok: a deep link arrives by long polling and is answered');
await tell(`says ${chat} hello`);
await until('the echo', async () => (await texts()).includes('You said hello'));
console.log('ok: HTML is read, and the text is as people see it');
await tell(`presses ${chat} Yes`);
await until('the press', async () => (await texts()).includes('You pressed Yes'));
const calls = await tell('calls 0');
assert.ok(calls.some((call) => call.method === 'answerCallbackQuery' && call.status === 200));
console.log('ok: a press arrives and its answer is taken');
await tell(`blocks ${chat}`);
await until('the block', async () => members.includes('kicked'));
await refused('a blocked bot gets 403', bot.api.sendMessage(chat, 'hi'), 403, /^Forbidden: bot was blocked by the user$/);
await tell(`unblocks ${chat}`);
await until('the unblock', async () => members.includes('member'));

// Refusals, worded as Telegram words them.
await refused('an unknown chat', bot.api.sendMessage(99, 'hi'), 400, /chat not found/);
await refused('an empty text', bot.api.sendMessage(chat, ' '), 400, /message text is empty/);
await refused('a text past 4096', bot.api.sendMessage(chat, 'x'.repeat(4097)), 400, /message is too long/);
await refused('an unclosed tag', bot.api.sendMessage(chat, '<b>x', { parse_mode: 'HTML' }), 400, /can't parse entities/);
await refused('a foreign tag', bot.api.sendMessage(chat, '<div>x</div>', { parse_mode: 'HTML' }), 400, /Unsupported start tag "div"/);
await refused('65 bytes of callback data', bot.api.sendMessage(chat, 'x', { reply_markup: new InlineKeyboard().text('a', 'x'.repeat(65)) }), 400, /BUTTON_DATA_INVALID/);
await refused('a button to localhost', bot.api.sendMessage(chat, 'x', { reply_markup: new InlineKeyboard().url('a', 'http://localhost/') }), 400, /Wrong HTTP URL/);
await refused('a tel: button', bot.api.sendMessage(chat, 'x', { reply_markup: new InlineKeyboard().url('a', 'tel:+34911') }), 400, /Unsupported URL protocol/);
await refused('an unknown parameter', bot.api.sendMessage(chat, 'x', { colour: 'red' }), 400, /unknown parameter/);
await refused('an answer to no press', bot.api.answerCallbackQuery('1'), 400, /query is too old/);
await refused('a wrong token', new Bot('1:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw', { client }).api.getMe(), 401, /Unauthorized/);
await refused('an unknown method', bot.api.raw.sendNothing({}), 404, /Not Found/);

// The media methods.
const photo = await bot.api.sendPhoto(chat, 'https://example.com/a.jpg', { caption: 'A <i>picture</i>', parse_mode: 'HTML' });
assert.equal(photo.caption, 'A picture');
assert.deepEqual(photo.caption_entities, [{ type: 'italic', offset: 2, length: 7 }]);
const album = await bot.api.sendMediaGroup(chat, ['a', 'b'].map((name) => ({ type: 'photo', media: `https://example.com/${name}.jpg` })));
assert.equal(album.length, 2);
assert.equal(await bot.api.sendChatAction(chat, 'typing'), true);
assert.match((await bot.api.getFile('F1')).file_path, /^documents\//);
console.log('ok: photos, albums, chat actions and files');

await bot.stop();
await polling;
// A second poll ends the first.
const first = bot.api.getUpdates({ timeout: 20, offset: 2_000_000_000 });
let ended = false;
const earlier = refused('two pollers', first, 409, /terminated by other getUpdates request/).then(() => { ended = true; });
await until('the end of the first poll', async () => {
  await bot.api.getUpdates({ timeout: 0, offset: 2_000_000_000 });
  return ended;
});
await earlier;

// Webhook, with the secret.
const hooked = makeBot();
const handle = webhookCallback(hooked, 'http', { secretToken: 's3cret-A_1' });
let broken = 1;
const server = createServer((request, response) => {
  if (broken-- > 0) return response.writeHead(500).end();
  return handle(request, response);
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const hook = `http://127.0.0.1:${server.address().port}/hook`;
await refused('a bad secret', hooked.api.setWebhook(hook, { secret_token: 'not plain!' }), 400, /unallowed characters/);
await hooked.api.setWebhook(hook, { secret_token: 's3cret-A_1', max_connections: 4 });
assert.equal((await hooked.api.getWebhookInfo()).url, hook);
await refused('a poll beside a webhook', hooked.api.getUpdates({ timeout: 0 }), 409, /while webhook is active/);
await tell(`says ${chat} by webhook`);
await until('the answer', async () => (await texts()).includes('You said by webhook'));
console.log('ok: an update is posted with the secret, and again after a 500');
await hooked.api.deleteWebhook();
server.closeAllConnections();
server.close();
child.stdin.end();
console.log('certified: grammY 1.46.0');
process.exit(0);
