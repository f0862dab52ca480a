import createClient from 'openapi-fetch';
import type { components, paths } from './schema';
import { ApiProblem, problemOf, unreachable } from './problem';

export type Schemas = components['schemas'];

let csrf = '';
let onSignedOut: () => void = () => undefined;

/** The session's token against forged requests; every call that changes something carries it. */
export function setCsrf(token: string) {
  csrf = token;
}

/** Called when the server no longer knows the session. */
export function whenSignedOut(act: () => void) {
  onSignedOut = act;
}

/** Asking who is signed in, and signing in, are answered with 401 when nobody is. */
const mayBeSignedOut = ({ method, url }: Request) =>
  (method === 'GET' || method === 'POST') && new URL(url).pathname.endsWith('/session');

async function send(request: Request): Promise<Response> {
  if (request.method !== 'GET' && csrf) request.headers.set('x-csrf-token', csrf);
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable();
  }
  if (response.status === 401 && !mayBeSignedOut(request)) onSignedOut();
  return response;
}

/** The typed client of `/api/v1`. Wrap a call in `read` to get its body or an `ApiProblem`. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

interface Answer<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer; throws an `ApiProblem` otherwise. */
export async function read<Body>(call: Promise<Answer<Body>>): Promise<NonNullable<Body>> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return data as NonNullable<Body>;
}

/** Whether asking again may help: not for what the request itself is to blame for. */
export const mayRetry = (failures: number, error: unknown) =>
  failures < 2 && error instanceof ApiProblem && (error.status === 0 || error.status >= 500);
