/** Problems of a document, as the server tells them, and where they belong. */

import type { components } from '../../api/schema';
import { fill } from '../../i18n';

/** What the server can find wrong with a flow. */
export type FlowMistakeCode = components['schemas']['Mistake']['code'];

export interface Problem {
  element: string | null;
  field: string;
  severity: 'error' | 'warning';
  code: string;
  /** What belongs to the code. */
  values?: Record<string, string | number>;
  /** In the server's words. */
  message: string;
}

/** In the language of the page; a code that this page does not know yet is told in the server's words. */
export function tellMistake(problem: Problem, mistakes: Record<FlowMistakeCode, string>): string {
  const { code, values, message } = problem;
  return Object.hasOwn(mistakes, code) ? fill(mistakes[code as FlowMistakeCode], values) : message;
}

export type ProblemsByElement = ReadonlyMap<string, readonly Problem[]>;

export function byElement(problems: readonly Problem[]): ProblemsByElement {
  const found = new Map<string, Problem[]>();
  for (const problem of problems) {
    if (problem.element === null || problem.element === undefined) continue;
    const list = found.get(problem.element);
    if (list === undefined) found.set(problem.element, [problem]);
    else list.push(problem);
  }
  return found;
}

/** The problem that a field shows: an error before a warning. */
export function problemAt(problems: readonly Problem[], field: string): Problem | null {
  const own = problems.filter((problem) => problem.field === field);
  return own.find((problem) => problem.severity === 'error') ?? own[0] ?? null;
}

export function worst(problems: readonly Problem[] | undefined): Problem['severity'] | null {
  if (problems === undefined || problems.length === 0) return null;
  return problems.some((problem) => problem.severity === 'error') ? 'error' : 'warning';
}

/**
 * The field to put the cursor into, for a problem at `field`: itself if the form has it, else what is inside it, else what is around it.
 */
export function nearestField(field: string, fields: readonly string[]): string | null {
  if (fields.includes(field)) return field;
  const inside = fields.find((other) => other.startsWith(`${field}.`) || other.startsWith(`${field}[`));
  if (inside !== undefined) return inside;
  for (let around = parent(field); around !== null; around = parent(around)) {
    const outer = around;
    const near = fields.find(
      (other) => other === outer || other.startsWith(`${outer}.`) || other.startsWith(`${outer}[`),
    );
    if (near !== undefined) return near;
  }
  return null;
}

function parent(field: string): string | null {
  const at = Math.max(field.lastIndexOf('.'), field.lastIndexOf('['));
  return at <= 0 ? null : field.slice(0, at);
}
