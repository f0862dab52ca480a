// Serves the built app as the real server does, in front of a server that has no sessions yet, for looking at pages.
// `RECADO_URL` and `RECADO_TOKEN` name that server; `FRESH=1` begins with an installation that has no owner.
import { createServer, request as ask } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

const upstream = new URL(process.env.RECADO_URL ?? 'http://127.0.0.1:8080');
const token = process.env.RECADO_TOKEN ?? '';
const port = Number(process.env.PORT ?? 5180);
const dist = new URL('../dist/', import.meta.url).pathname;
const own = /^\/(api|docs|chat|chat\.js|l|files|hooks|inspector|healthz|readyz|metrics)(\/|$|\?)/;
const types = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
};
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: http: data: blob:; connect-src 'self'; " +
  "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

let needsSetup = process.env.FRESH === '1';
let member = needsSetup ? null : { id: '0', name: 'Ann Lee', email: 'ann@example.org', language: 'en' };
const read = new Map();

const body = async (incoming) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
};
const json = (response, status, value) => {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'content-type': type }).end(value === undefined ? '' : JSON.stringify(value));
};
const call = async (path) =>
  (await fetch(new URL(path, upstream), { headers: { authorization: `Bearer ${token}` } })).json();
const session = async () => ({
  member,
  account: await call('/api/v1/account'),
  csrf: 'development',
  public_url: null,
  version: '0.1.0',
});

async function chats(query) {
  const filter = new URLSearchParams({ bot_id: query.get('bot_id'), limit: '50' });
  if (query.get('state') === 'open') filter.set('chat_open', 'true');
  const page = await call(`/api/v1/contacts?${filter}`);
  const items = [];
  for (const contact of page.items) {
    const { items: messages } = await call(`/api/v1/contacts/${contact.id}/messages?limit=20`);
    const last = messages[0];
    const since = read.get(contact.id) ?? '';
    const plain = (part) =>
      typeof part.text === 'string' ? part.text : (part.text ?? []).map((span) => span.text).join('');
    items.push({
      contact_id: contact.id,
      name: contact.profile.name ?? '',
      username: contact.profile.username ?? null,
      photo: contact.profile.photo ?? null,
      status: contact.status,
      is_open: contact.chat.open,
      unread: messages.filter(({ direction, at }) => direction === 'in' && at > since).length,
      automation_paused_until: contact.automation_paused?.until ?? null,
      assigned_to: null,
      last_message: last ? { at: last.at, direction: last.direction, text: plain(last.part) } : null,
    });
  }
  items.sort((a, b) => (b.last_message?.at ?? '').localeCompare(a.last_message?.at ?? ''));
  return { items, next_cursor: null };
}

async function standIn(incoming, response, url) {
  const is = (method, path) => incoming.method === method && url.pathname === path;
  if (is('GET', '/api/v1/setup')) return json(response, 200, { needed: needsSetup });
  if (is('POST', '/api/v1/setup')) {
    const { name, email, language } = await body(incoming);
    needsSetup = false;
    member = { id: '0', name, email, language };
    return json(response, 201, await session());
  }
  if (is('GET', '/api/v1/session'))
    return member ? json(response, 200, await session()) : json(response, 401, { code: 'unauthorized' });
  if (is('POST', '/api/v1/session')) {
    const { email, password } = await body(incoming);
    if (password !== 'correct horse') {
      return json(response, 401, { code: 'wrong_credentials', detail: '' });
    }
    member = { id: '0', name: 'Ann Lee', email, language: 'en' };
    return json(response, 200, await session());
  }
  if (is('DELETE', '/api/v1/session')) {
    member = null;
    return response.writeHead(204).end();
  }
  if (is('GET', '/api/v1/chats')) return json(response, 200, await chats(url.searchParams));
  const seen = /^\/api\/v1\/chats\/([^/]+)\/read$/.exec(url.pathname);
  if (seen) {
    read.set(seen[1], new Date().toISOString());
    return response.writeHead(204).end();
  }
  if (/\/triggers\/match$/.test(url.pathname)) {
    const { text } = await body(incoming);
    const { items } = await call(url.pathname.replace('/match', ''));
    const fits = items.find(
      ({ kind }) => kind.type === 'keyword' && kind.keywords.some((word) => text.toLowerCase().includes(word)),
    );
    const reply = items.find(({ kind }) => kind.type === 'standard_reply');
    const found = fits ?? reply;
    return json(response, 200, {
      trigger_id: found?.id ?? null,
      flow_id: found?.flow_id ?? null,
      why: fits ? 'keyword' : reply ? 'standard_reply' : 'nothing',
    });
  }
  return undefined;
}

createServer(async (incoming, response) => {
  const url = new URL(incoming.url, `http://127.0.0.1:${port}`);
  try {
    if (url.pathname.startsWith('/api/v1/')) {
      await standIn(incoming, response, url);
      if (response.headersSent) return;
      if (!member) return json(response, 401, { code: 'unauthorized', detail: '' });
    }
    if (own.test(url.pathname)) {
      const headers = { ...incoming.headers, host: upstream.host };
      if (url.pathname.startsWith('/api/v1/')) headers.authorization = `Bearer ${token}`;
      const passed = ask(
        { host: upstream.hostname, port: upstream.port, path: incoming.url, method: incoming.method, headers },
        (answer) => {
          response.writeHead(answer.statusCode, answer.headers);
          response.flushHeaders();
          answer.pipe(response);
        },
      );
      passed.on('error', () =>
        response.headersSent ? response.end() : json(response, 502, { code: 'unavailable', detail: '' }),
      );
      response.on('close', () => passed.destroy());
      incoming.pipe(passed);
      return;
    }
    const asset = /^\/assets\//.test(url.pathname) ? normalize(url.pathname) : '/index.html';
    const type = types[extname(asset)] ?? 'application/octet-stream';
    response
      .writeHead(200, { 'content-type': type, 'content-security-policy': csp })
      .end(await readFile(join(dist, asset)));
  } catch (error) {
    if (!response.headersSent) json(response, 500, { code: 'development', detail: String(error) });
  }
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`));
