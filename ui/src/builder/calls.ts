/** The calls to the server that the builder makes. */

import type { ValueType } from '../api/kinds';
import { api, read, type Schemas } from '../api/client';
import { ApiProblem } from '../api/problem';
import { opened, type ApiRequestElement, type FlowDocument, type Json, type Service } from './model/document';
import type { Problem } from './model/problems';
import type { SaveAnswer } from './model/saver';

export interface OpenedFlow {
  document: FlowDocument;
  revision: number;
  name: string;
  active: boolean;
  published: boolean;
  hasChanges: boolean;
}

export async function openFlow(flowId: string): Promise<OpenedFlow> {
  const flow = await read(api.GET('/api/v1/flows/{flow_id}', { params: { path: { flow_id: flowId } } }));
  return {
    document: opened(flow.draft),
    revision: flow.draft_revision,
    name: flow.name,
    active: flow.active,
    published: Boolean(flow.published),
    hasChanges: flow.has_changes,
  };
}

/** Saves the draft over the revision that was read. */
export async function saveDraft(flowId: string, document: FlowDocument, revision: number): Promise<SaveAnswer> {
  try {
    const flow = await read(
      api.PUT('/api/v1/flows/{flow_id}/draft', {
        params: { path: { flow_id: flowId }, header: { 'If-Match': `"${revision}"` } },
        body: document as never,
      }),
    );
    return { is: 'saved', revision: flow.draft_revision };
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.code === 'draft_changed') return { is: 'conflict' };
    const passes = error.status === 0 || error.status === 429 || error.status >= 500;
    return { is: passes ? 'unreachable' : 'refused', error };
  }
}

export async function checkDraft(flowId: string): Promise<{ valid: boolean; problems: Problem[] }> {
  const told = await read(api.POST('/api/v1/flows/{flow_id}/validate', { params: { path: { flow_id: flowId } } }));
  return { valid: told.valid, problems: told.problems.map(problemOf) };
}

function problemOf(told: {
  element?: string | null;
  field: string;
  severity: string;
  code: string;
  values?: Record<string, string | number>;
  message: string;
}): Problem {
  return { ...told, element: told.element ?? null, severity: told.severity === 'error' ? 'error' : 'warning' };
}

/** The problems that came with a refused publication. */
export function problemsIn(error: unknown): Problem[] {
  if (!(error instanceof ApiProblem) || !Array.isArray(error.problems)) return [];
  return error.problems.map(problemOf);
}

export type WaitingRuns = 'stay' | 'move' | 'stop';

export async function publishDraft(flowId: string, waiting: WaitingRuns, revision: number): Promise<number> {
  const published = await read(
    api.POST('/api/v1/flows/{flow_id}/publish', {
      params: { path: { flow_id: flowId } },
      body: { waiting, draft_revision: revision },
    }),
  );
  return published.version.number;
}

export interface Version {
  number: number;
  publishedAt: string;
}

/** Published versions, the newest first. */
export async function listVersions(
  flowId: string,
  cursor?: string,
): Promise<{ items: Version[]; next: string | undefined }> {
  const page = await read(
    api.GET('/api/v1/flows/{flow_id}/versions', { params: { path: { flow_id: flowId }, query: { cursor } } }),
  );
  const items = page.items.map(({ number, published_at }) => ({ number, publishedAt: published_at }));
  return { items, next: page.next_cursor ?? undefined };
}

/** The document of a version. */
export async function readVersion(flowId: string, number: number): Promise<FlowDocument> {
  const path = { flow_id: flowId, number };
  const version = await read(api.GET('/api/v1/flows/{flow_id}/versions/{number}', { params: { path } }));
  return opened(version.document);
}

/** What was counted of the elements of a flow. */
export interface Counts {
  entered: ReadonlyMap<string, number>;
  errors: ReadonlyMap<string, number>;
  /** By `element output`. */
  left: ReadonlyMap<string, number>;
  waiting: ReadonlyMap<string, number>;
}

export async function readCounts(flowId: string): Promise<Counts> {
  const told = await read(api.GET('/api/v1/flows/{flow_id}/statistics', { params: { path: { flow_id: flowId } } }));
  const entered = new Map<string, number>();
  const errors = new Map<string, number>();
  const left = new Map<string, number>();
  for (const { element, what, count } of told.counts) {
    if (what === 'entered') entered.set(element, count);
    else if (what === 'error') errors.set(element, count);
    else if (what.startsWith('out:')) left.set(`${element} ${what.slice(4)}`, count);
  }
  return { entered, errors, left, waiting: new Map(told.waiting.map(({ element, runs }) => [element, runs])) };
}

/** A contact whose run waits in an element. */
export interface Waiting {
  contactId: string;
  name: string;
  /** The run's number among the contact's. */
  number: number;
  /** The number of its version; null when that is gone. */
  version: number | null;
  waitsFor: 'input' | 'api' | 'pause';
  until: string | null;
  startedAt: string;
}

const PAGE_ITEMS = 50;

export async function listWaiting(
  flowId: string,
  element: string,
  cursor: string | undefined,
): Promise<{ items: Waiting[]; next: string | undefined }> {
  const page = await read(
    api.GET('/api/v1/flows/{flow_id}/waiting', {
      params: { path: { flow_id: flowId }, query: { element, limit: PAGE_ITEMS, cursor } },
    }),
  );
  const items = page.items.map((one) => ({
    contactId: one.contact_id,
    name: one.name,
    number: one.number,
    version: one.version ?? null,
    waitsFor: one.waits_for as Waiting['waitsFor'],
    until: one.until ?? null,
    startedAt: one.started_at,
  }));
  return { items, next: page.next_cursor ?? undefined };
}

export interface Known {
  flows: { id: string; name: string; published: boolean }[];
  members: { id: string; name: string }[];
  /** Variables of contacts with their types. */
  variables: { name: string; type: ValueType }[];
  botVariables: { name: string; type: ValueType }[];
  tags: string[];
  secrets: string[];
  service: Service | null;
}

export const NOTHING_KNOWN: Known = {
  flows: [],
  members: [],
  variables: [],
  botVariables: [],
  tags: [],
  secrets: [],
  service: null,
};

/** What the forms offer to choose from. A list that can not be read is empty: the builder works without it. */
export async function readKnown(botId: string): Promise<Known> {
  const path = { bot_id: botId };
  const [bot, flows, variables, tags, members] = await Promise.allSettled([
    read(api.GET('/api/v1/bots/{bot_id}', { params: { path } })),
    read(api.GET('/api/v1/flows', { params: { query: path } })),
    read(api.GET('/api/v1/bots/{bot_id}/variables', { params: { path } })),
    read(api.GET('/api/v1/bots/{bot_id}/tags', { params: { path } })),
    read(api.GET('/api/v1/account/members')),
  ]);
  const all = variables.status === 'fulfilled' ? variables.value.items : [];
  const named = (scope: string) =>
    all.filter((one) => one.scope === scope).map((one) => ({ name: one.name, type: one.type as ValueType }));
  return {
    flows:
      flows.status === 'fulfilled'
        ? flows.value.items.map((flow) => ({ id: flow.id, name: flow.name, published: Boolean(flow.published) }))
        : [],
    members: members.status === 'fulfilled' ? members.value.items.map(({ id, name }) => ({ id, name })) : [],
    variables: named('contact'),
    botVariables: named('bot'),
    tags: tags.status === 'fulfilled' ? tags.value.items.map((tag) => tag.name) : [],
    secrets: bot.status === 'fulfilled' ? bot.value.secrets : [],
    service: bot.status === 'fulfilled' ? (bot.value.service as Service) : null,
  };
}

export async function keepSecret(botId: string, name: string, value: string): Promise<void> {
  await read(
    api.PATCH('/api/v1/bots/{bot_id}', { params: { path: { bot_id: botId } }, body: { secrets: { [name]: value } } }),
  );
}

/** Keeps a file at the server; gives the URL that a message can use. */
export async function uploadFile(botId: string, file: File): Promise<{ url: string; name: string }> {
  const kept = await read(
    api.POST('/api/v1/bots/{bot_id}/files', {
      params: { path: { bot_id: botId }, query: { name: file.name } },
      body: file as never,
      bodySerializer: (body: unknown) => body as Blob,
      headers: { 'content-type': 'application/octet-stream' },
    }),
  );
  return { url: kept.url, name: kept.name };
}

export async function exportFlow(flowId: string): Promise<unknown> {
  return read(api.GET('/api/v1/flows/{flow_id}/export', { params: { path: { flow_id: flowId } } }));
}

export type TestInput =
  | { kind: 'start' }
  | { kind: 'text'; text: string }
  | { kind: 'press'; message: number; choice: number }
  | { kind: 'wait' }
  | { kind: 'answer'; status: number | null; body: string }
  | { kind: 'ask' };

export interface Span {
  text: string;
  bold?: boolean;
  italic?: boolean;
  link?: string | null;
}

export interface SaidButton {
  label: string;
  action?: { kind: string; url?: string; phone?: string; title?: string; amount?: number; currency?: string };
}

export interface SaidPart {
  kind: string;
  text?: Span[] | string;
  buttons?: SaidButton[];
  quick_replies?: SaidButton[];
  share?: 'phone' | 'location' | null;
  expects?: string | null;
  media?: string;
  url?: string;
  caption?: Span[] | string;
  name?: string | null;
  cards?: { title: string; subtitle?: string; image?: string | null; buttons?: SaidButton[] }[];
}

export type SentRequest = Schemas['AskedRequest'];
export type CameAnswer = Schemas['CameAnswer'];

export type TestStep =
  | { kind: 'element'; element: string; output: string | null }
  | { kind: 'message'; part: SaidPart; number: number }
  | { kind: 'webhook'; title: string; url: string; body: Json }
  | ({ kind: 'api_request' } & SentRequest)
  | ({ kind: 'api_answer' } & CameAnswer)
  | { kind: 'event'; title: string }
  | { kind: 'note'; code: string; text: string };

export interface TestAnswer {
  state: unknown;
  steps: TestStep[];
  waits: { element: string; for: 'input' | 'pause' | 'api'; until: string | null } | null;
  contact: { variables: Record<string, Json>; tags: string[]; status: string | null };
}

/** One turn of a test chat with a draft. Nothing leaves; nothing is stored. */
export async function testTurn(
  flowId: string,
  draft: FlowDocument,
  state: unknown,
  input: TestInput,
): Promise<TestAnswer> {
  const answer = await read(
    api.POST('/api/v1/flows/{flow_id}/test', {
      params: { path: { flow_id: flowId } },
      body: { draft, state, input } as never,
    }),
  );
  return answer as unknown as TestAnswer;
}

export type RequestOutcome = Schemas['RequestOutcome'];

/** Sends the request of an element as it stands here, once, with these values of the contact's variables. */
export async function testRequest(
  flowId: string,
  element: ApiRequestElement,
  variables: Record<string, Json>,
): Promise<RequestOutcome> {
  return read(
    api.POST('/api/v1/flows/{flow_id}/test-request', {
      params: { path: { flow_id: flowId } },
      body: { element, variables } as never,
    }),
  );
}

/** Contacts of the bot whose name begins so. */
export async function findContacts(botId: string, search: string): Promise<{ id: string; name: string }[]> {
  const query = { bot_id: botId, limit: 20, ...(search === '' ? {} : { search }) };
  const page = await read(api.GET('/api/v1/contacts', { params: { query } }));
  return page.items.map((contact) => {
    const profile = contact.profile as { name?: string | null; username?: string | null };
    return { id: contact.id, name: profile.name || profile.username || contact.identity };
  });
}

export async function renameFlow(flowId: string, name: string): Promise<void> {
  await read(api.PATCH('/api/v1/flows/{flow_id}', { params: { path: { flow_id: flowId } }, body: { name } }));
}
