import { queryOptions } from '@tanstack/react-query';
import { api, read, setCsrf, type Schemas } from './client';
import { ApiProblem } from './problem';

export type Session = Schemas['SessionView'];

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
      return remember(await read(api.GET('/api/v1/session')));
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
});

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  staleTime: Infinity,
  queryFn: () => read(api.GET('/api/v1/setup')),
});

export const signIn = async (email: string, password: string) =>
  remember(await read(api.POST('/api/v1/session', { body: { email, password } })));

export const createOwner = async (owner: Schemas['Setup']) =>
  remember(await read(api.POST('/api/v1/setup', { body: owner })));

/** Changes what the member chose for itself. */
export const changeMember = async (change: Schemas['MemberChange']) =>
  remember(await read(api.PATCH('/api/v1/session', { body: change })));

export const signOut = () => read(api.DELETE('/api/v1/session'));
