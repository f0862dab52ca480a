import type { Key, T } from '../i18n';
import { tellField, type FieldError } from './mistake';
import type { components } from './schema';

/** What kind of problem the server can answer with. */
export type ProblemCode = components['schemas']['ProblemCode'];

/** What the page itself finds wrong, or says where there is no code. */
export type PageProblem = 'unknown' | 'unreachable' | 'not_a_flow' | 'server' | 'refused';

/** An error as the API tells it (RFC 9457), or as the browser saw it: then `status` is 0. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fields: readonly FieldError[];
  readonly retryAfterS: number | undefined;
  /** The document's problems, when a flow can not be published. */
  readonly problems: unknown;

  constructor(told: {
    status: number;
    code: string;
    detail: string;
    fields?: readonly FieldError[];
    retryAfterS?: number | undefined;
    problems?: unknown;
  }) {
    super(told.detail);
    this.name = 'ApiProblem';
    this.status = told.status;
    this.code = told.code;
    this.detail = told.detail;
    this.fields = told.fields ?? [];
    this.retryAfterS = told.retryAfterS;
    this.problems = told.problems;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isFieldError = (value: unknown): value is FieldError =>
  isRecord(value) && typeof value['field'] === 'string' && typeof value['message'] === 'string';

/** Reads a refused answer. What is not problem+json (a proxy's page, say) is told by its status. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const told = isRecord(body) ? body : {};
  const errors = Array.isArray(told['errors']) ? told['errors'].filter(isFieldError) : [];
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiProblem({
    status: response.status,
    code: typeof told['code'] === 'string' ? told['code'] : `http_${response.status}`,
    detail: typeof told['detail'] === 'string' ? told['detail'] : response.statusText,
    fields: errors,
    retryAfterS: Number.isFinite(wait) ? wait : undefined,
    problems: told['problems'],
  });
}

/** What is shown is no more: a page that still has it gives way. Any other error of a look that is repeated leaves the page as it was. */
export const isGone = (error: unknown): boolean => error instanceof ApiProblem && error.status === 404;

export const unreachable = () => new ApiProblem({ status: 0, code: 'unreachable', detail: '' });

/** Those whose words leave open what exactly it was: the server's own words are shown beside them. */
const OPEN: readonly string[] = [
  'conflict',
  'exists',
  'limit_reached',
  'flow_in_use',
  'not_json',
  'messenger_unreachable',
  'internal',
  'not_a_flow',
] satisfies (ProblemCode | PageProblem)[];

const byStatus = (status: number): Key =>
  status >= 500 ? 'problem.server' : status === 409 ? 'problem.conflict' : 'problem.refused';

/** What happened in the person's language, and what exactly the server said of it. */
export function tellProblem(error: unknown, t: T): { title: string; detail: string } {
  if (!(error instanceof ApiProblem)) return { title: t('problem.unknown'), detail: String(error) };
  const params = { seconds: error.retryAfterS ?? 60 };
  const key = `problem.${error.code}`;
  const known = t.has(key);
  const fields = error.fields.map((wrong) => `${wrong.field}: ${tellField(wrong, t)}`).join('\n');
  const rest = known && !OPEN.includes(error.code) ? '' : error.detail;
  return { title: t(known ? key : byStatus(error.status), params), detail: fields || rest };
}

/** The same on one line. */
export function tellInLine(error: unknown, t: T): string {
  const { title, detail } = tellProblem(error, t);
  return [title, detail].filter(Boolean).join(' ');
}

/** Field errors by field, for a form; what belongs to no field of it is in `rest`. */
export function fieldErrors(
  error: unknown,
  names: readonly string[],
  t: T,
): { byField: Record<string, string>; rest: string } {
  const byField: Record<string, string> = {};
  const rest: string[] = [];
  if (error instanceof ApiProblem) {
    for (const wrong of error.fields) {
      const { field } = wrong;
      const message = tellField(wrong, t);
      const name = names.find(
        (known) => field === known || field.startsWith(`${known}.`) || field.startsWith(`${known}[`),
      );
      if (name) byField[name] = message;
      else rest.push(`${field}: ${message}`);
    }
  }
  return { byField, rest: rest.join('\n') };
}
