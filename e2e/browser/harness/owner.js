// The first owner, by the API: for tests that begin with an installation that is set up.
export const OWNER = {
  account_name: 'Harbour Hotel',
  name: 'Ann Lee',
  email: 'ann@example.org',
  password: 'correct horse battery',
};

/** Makes the first owner: calls of the API as a member who is signed in. */
export const ownerOf = (url) => begin(url, 'setup', OWNER);

/** The same in another browser. */
export const signIn = (url) => begin(url, 'session', { email: OWNER.email, password: OWNER.password });

async function begin(url, how, body) {
  const answer = await fetch(`${url}/api/v1/${how}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${how} was answered ${answer.status}: ${await answer.text()}`);
  const { csrf } = await answer.json();
  const [pair] = answer.headers.getSetCookie()[0].split(';');
  const [name, value] = pair.split('=');
  const headers = { cookie: pair, 'x-csrf-token': csrf };
  return { cookie: { name, value, url }, call: caller(url, headers) };
}

/** Calls of the API; an answer that is no success is an error. */
export const caller = (url, auth) =>
  async function call(method, path, body, more = {}) {
    const headers = { ...auth, ...more, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const response = await fetch(`${url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  };

/** A visitor of a bot's web chat, by the interface of its page. */
export async function visitorOf(url, botId, session = {}) {
  const base = `${url}/api/chat/${botId}`;
  const post = async (path, body, headers = {}) => {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
    return response.json().catch(() => undefined);
  };
  const { token, contact_id } = await post('/sessions', session);
  return {
    contactId: contact_id,
    say: (content) =>
      post(
        '/messages',
        { id: crypto.randomUUID(), ...(typeof content === 'string' ? { text: content } : content) },
        { authorization: `Bearer ${token}` },
      ),
  };
}
