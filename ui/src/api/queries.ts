import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, read, type Schemas } from './client';
import { problemOf } from './problem';

/** What every list of the API looks like. */
export interface Listed<Item> {
  items: Item[];
  next_cursor?: string | null;
}

/** Pages that are read for one that is shown, while there is nothing on them. */
const LOOKS_MAX = 10;

/**
 * A page of a filtered list, on which there may be nothing although there is a next one: the server looks at so much of the log for a page. So it looks
 * further for a while, and what is shown goes on from there.
 */
export async function withSomething<Page extends Listed<unknown>>(
  cursor: string | undefined,
  page: (cursor: string | undefined) => Promise<Page>,
): Promise<Page> {
  let found = await page(cursor);
  for (let looks = 1; looks < LOOKS_MAX && found.items.length === 0 && found.next_cursor; looks++) {
    found = await page(found.next_cursor);
  }
  return found;
}

export const nextCursor = (page: { next_cursor?: string | null }) => page.next_cursor ?? undefined;

export const botsQuery = queryOptions({
  queryKey: ['bots'],
  queryFn: () => read(api.GET('/api/v1/bots')),
});

export const botQuery = (bot_id: string) =>
  queryOptions({
    queryKey: ['bots', bot_id],
    queryFn: () => read(api.GET('/api/v1/bots/{bot_id}', { params: { path: { bot_id } } })),
  });

export const statisticsQuery = (bot_id: string) =>
  queryOptions({
    queryKey: ['bots', bot_id, 'statistics'],
    queryFn: () => read(api.GET('/api/v1/bots/{bot_id}/statistics', { params: { path: { bot_id } } })),
  });

export const flowsQuery = (bot_id: string) =>
  queryOptions({
    queryKey: ['bots', bot_id, 'flows'],
    queryFn: () => read(api.GET('/api/v1/flows', { params: { query: { bot_id } } })),
  });

export const triggersQuery = (bot_id: string) =>
  queryOptions({
    queryKey: ['bots', bot_id, 'triggers'],
    queryFn: () => read(api.GET('/api/v1/bots/{bot_id}/triggers', { params: { path: { bot_id } } })),
  });

export const variablesQuery = (bot_id: string) =>
  queryOptions({
    queryKey: ['bots', bot_id, 'variables'],
    queryFn: () => read(api.GET('/api/v1/bots/{bot_id}/variables', { params: { path: { bot_id } } })),
  });

export const tagsQuery = (bot_id: string) =>
  queryOptions({
    queryKey: ['bots', bot_id, 'tags'],
    queryFn: () => read(api.GET('/api/v1/bots/{bot_id}/tags', { params: { path: { bot_id } } })),
  });

export const webhooksQuery = (bot_id: string) =>
  queryOptions({
    queryKey: ['bots', bot_id, 'webhooks'],
    queryFn: () => read(api.GET('/api/v1/bots/{bot_id}/webhooks', { params: { path: { bot_id } } })),
  });

export const webhookQuery = (webhook_id: string) =>
  queryOptions({
    queryKey: ['webhooks', webhook_id],
    queryFn: () => read(api.GET('/api/v1/webhooks/{webhook_id}', { params: { path: { webhook_id } } })),
  });

export const webhookHealthQuery = (webhook_id: string) =>
  queryOptions({
    queryKey: ['webhooks', webhook_id, 'health'],
    queryFn: () => read(api.GET('/api/v1/webhooks/{webhook_id}/health', { params: { path: { webhook_id } } })),
    refetchInterval: 30_000,
  });

/** A filter of the audience without what it leaves open. */
export type Wanted = {
  [Name in keyof Schemas['AudienceFilter']]?: NonNullable<Schemas['AudienceFilter'][Name]>;
};

export const contactsQuery = (bot_id: string, filter: Wanted) =>
  infiniteQueryOptions({
    queryKey: ['contacts', bot_id, filter],
    queryFn: ({ pageParam: cursor }) =>
      read(api.GET('/api/v1/contacts', { params: { query: { bot_id, ...filter, limit: 50, cursor } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });

export const contactQuery = (contact_id: string) =>
  queryOptions({
    queryKey: ['contact', contact_id],
    queryFn: () => read(api.GET('/api/v1/contacts/{contact_id}', { params: { path: { contact_id } } })),
  });

export const messagesQuery = (contact_id: string) =>
  infiniteQueryOptions({
    queryKey: ['contact', contact_id, 'messages'],
    queryFn: ({ pageParam: cursor }) =>
      read(
        api.GET('/api/v1/contacts/{contact_id}/messages', {
          params: { path: { contact_id }, query: { limit: 50, cursor } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });

export const notesQuery = (contact_id: string) =>
  queryOptions({
    queryKey: ['contact', contact_id, 'notes'],
    queryFn: () => read(api.GET('/api/v1/contacts/{contact_id}/notes', { params: { path: { contact_id } } })),
  });

export const repliesQuery = (bot_id: string) =>
  queryOptions({
    queryKey: ['replies', bot_id],
    queryFn: () => read(api.GET('/api/v1/bots/{bot_id}/replies', { params: { path: { bot_id } } })),
  });

export const segmentsQuery = (bot_id: string) =>
  queryOptions({
    queryKey: ['segments', bot_id],
    queryFn: () => read(api.GET('/api/v1/bots/{bot_id}/segments', { params: { path: { bot_id } } })),
  });

export const runsQuery = (contact_id: string) =>
  queryOptions({
    queryKey: ['contact', contact_id, 'runs'],
    queryFn: () => read(api.GET('/api/v1/contacts/{contact_id}/runs', { params: { path: { contact_id } } })),
  });

export const contactEventsQuery = (bot_id: string, contact_id: string) =>
  infiniteQueryOptions({
    queryKey: ['contact', contact_id, 'events'],
    queryFn: ({ pageParam: cursor }) =>
      read(api.GET('/api/v1/events', { params: { query: { bot_id, contact_id, limit: 50, cursor } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });

export interface DeliveriesFilter {
  webhook_id?: string | undefined;
  event?: Schemas['EventKind'] | undefined;
  contact_id?: string | undefined;
  status?: string | undefined;
  /** Since when; asked anew with every page, so that "the last hour" is the last hour. */
  since?: (() => string) | undefined;
  /** Names what `since` tells. */
  period?: string | undefined;
}

export const deliveriesQuery = (bot_id: string, { since, period, ...filter }: DeliveriesFilter) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', bot_id, filter, period],
    queryFn: ({ pageParam, signal }) =>
      withSomething(pageParam, (cursor) =>
        read(
          api.GET('/api/v1/deliveries', {
            params: { query: { bot_id, ...filter, since: since?.(), limit: 50, cursor } },
            signal,
          }),
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });

export const deliveryQuery = (delivery_id: string) =>
  queryOptions({
    queryKey: ['delivery', delivery_id],
    queryFn: () => read(api.GET('/api/v1/deliveries/{delivery_id}', { params: { path: { delivery_id } } })),
  });

/** `tried` attempts are known of; one more asks anew. */
export const attemptsQuery = (delivery_id: string, tried: number | undefined) =>
  queryOptions({
    queryKey: ['delivery', delivery_id, 'attempts', tried],
    queryFn: () => read(api.GET('/api/v1/deliveries/{delivery_id}/attempts', { params: { path: { delivery_id } } })),
  });

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: () => read(api.GET('/api/v1/account')),
});

export const membersQuery = queryOptions({
  queryKey: ['account', 'members'],
  queryFn: () => read(api.GET('/api/v1/account/members')),
});

export const sessionsQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: () => read(api.GET('/api/v1/session/all')),
});

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: () => read(api.GET('/api/v1/system')),
  refetchInterval: 30_000,
});

export const tokensQuery = queryOptions({
  queryKey: ['account', 'tokens'],
  queryFn: () => read(api.GET('/api/v1/account/tokens')),
});

export const inspectorQuery = queryOptions({
  queryKey: ['inspector'],
  queryFn: () => read(api.GET('/api/v1/inspector')),
});

/** Whether this installation has the inspector, without reading what it holds. */
export const hasInspectorQuery = queryOptions({
  queryKey: ['has-inspector'],
  staleTime: Infinity,
  queryFn: async ({ signal }) => {
    const response = await fetch('/api/v1/inspector', { signal });
    await response.body?.cancel();
    if (response.status === 404) return false;
    if (!response.ok) throw problemOf(response, undefined);
    return true;
  },
});
