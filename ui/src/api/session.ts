import { queryOptions } from '@tanstack/react-query';
import { request, setCsrf } from './client';
import { ApiProblem } from './problem';

export interface Session {
  member: { id: string; name: string; email: string; language: string };
  account: { id: string; name: string };
  csrf: string;
  public_url: string | null;
  version: string;
}

export interface Owner {
  account_name: string;
  name: string;
  email: string;
  password: string;
  language: string;
}

function remember(session: Session): Session {
  setCsrf(session.csrf);
  return session;
}

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Infinity,
  queryFn: async (): Promise<Session | null> => {
    try {
      return remember(await request<Session>('GET', '/api/v1/session'));
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
});

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  staleTime: Infinity,
  queryFn: () => request<{ needed: boolean }>('GET', '/api/v1/setup'),
});

export const signIn = async (email: string, password: string) =>
  remember(await request<Session>('POST', '/api/v1/session', { email, password }));

export const createOwner = async (owner: Owner) => remember(await request<Session>('POST', '/api/v1/setup', owner));

export const signOut = () => request<undefined>('DELETE', '/api/v1/session');
