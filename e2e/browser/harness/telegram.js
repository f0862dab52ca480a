// A Telegram that knows one token: others' fake of the Bot API (`e2e/telegram-test-api`), which takes any, behind a door.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './browser.js';

const folder = fileURLToPath(new URL('../../telegram-test-api', import.meta.url));
const READY_MS = 30_000;
const CHAT = 7;

export const TOKEN = '4242000:the-only-token-that-is-taken-here';

export async function startTelegram() {
  const child = spawn('node', [join(folder, 'start.js')], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.once('exit', done));
  const behind = await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error('the fake Telegram was not ready in time')), READY_MS);
    void ended.then((code) => fail(new Error(`the fake Telegram ended with ${code}: run \`make tools\``)));
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer);
      done(line.trim());
    });
  });

  let silent = false;
  const door = createServer(async (request, response) => {
    const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    if (silent) {
      request.destroy();
      return;
    }
    if (!request.url.startsWith(`/bot${TOKEN}/`)) {
      answer(401, JSON.stringify({ ok: false, error_code: 401, description: 'Unauthorized' }));
      return;
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = { 'content-type': request.headers['content-type'] ?? 'application/json' };
    const passed = await fetch(behind + request.url, { method: 'POST', headers, body: Buffer.concat(chunks) });
    answer(passed.status, await passed.text());
  });
  await new Promise((done) => door.listen(0, '127.0.0.1', done));

  const person = async (path, body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(behind + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  };
  return {
    url: `http://127.0.0.1:${door.address().port}`,
    /** Ann writes to the bot. */
    says: (text) => {
      const from = { id: CHAT, first_name: 'Ann', is_bot: false };
      return person('/sendMessage', { botToken: TOKEN, date: 1, from, chat: { id: CHAT, type: 'private' }, text });
    },
    /** Waits until the bot has said this to her. */
    hears: (text) =>
      eventually(`the bot says ${text}`, async () => {
        const { result } = await person('/getUpdates', { token: TOKEN, chatId: CHAT });
        return result.some(({ message }) => message?.text === text);
      }),
    /** From now on each connection breaks off. */
    hangUp: () => {
      silent = true;
    },
    stop: async () => {
      door.closeAllConnections();
      await new Promise((done) => door.close(done));
      child.stdin.end();
      await ended;
    },
  };
}
