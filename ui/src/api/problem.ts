import type { Key, T } from '../i18n';
import { tellField, type FieldError } from './mistake';

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

export const unreachable = () => new ApiProblem({ status: 0, code: 'unreachable', detail: '' });

const CODES: Record<string, Key> = {
  unreachable: 'problem.unreachable',
  unauthorized: 'problem.unauthorized',
  wrong_credentials: 'problem.wrong_credentials',
  already_set_up: 'problem.already_set_up',
  not_found: 'problem.not_found',
  conflict: 'problem.conflict',
  exists: 'problem.exists',
  not_a_flow: 'problem.not_a_flow',
  automation_paused: 'problem.automation_paused',
  contact_not_active: 'problem.contact_not_active',
  flow_not_running: 'problem.flow_not_running',
  draft_changed: 'problem.draft_changed',
  body_too_long: 'problem.body_too_long',
  invalid_fields: 'problem.invalid_fields',
  flow_has_problems: 'problem.flow_has_problems',
  limit_reached: 'problem.limit_reached',
  too_many_requests: 'problem.too_many_requests',
  messenger_unreachable: 'problem.messenger_unreachable',
  busy: 'problem.busy',
  unavailable: 'problem.busy',
};

const byStatus = (status: number): Key =>
  status >= 500 ? 'problem.server' : status === 409 ? 'problem.conflict' : 'problem.refused';

/** What happened in the person's language, and what exactly the server said of it. */
export function tellProblem(error: unknown, t: T): { title: string; detail: string } {
  if (!(error instanceof ApiProblem)) return { title: t('problem.unknown'), detail: String(error) };
  const params = { seconds: error.retryAfterS ?? 60 };
  const key = CODES[error.code] ?? byStatus(error.status);
  const fields = error.fields.map((wrong) => `${wrong.field}: ${tellField(wrong, t)}`).join('\n');
  return { title: t(key, params), detail: fields || error.detail };
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
