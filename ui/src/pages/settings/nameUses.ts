import { ApiProblem } from '../../api/problem';

/** Who uses a name: a flow with its elements, or a segment. */
export type NameUse = { flow_id: string; flow: string; elements: string[] } | { segment: string };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isUse = (value: unknown): value is NameUse =>
  isRecord(value) &&
  (typeof value['segment'] === 'string' ||
    (typeof value['flow_id'] === 'string' && typeof value['flow'] === 'string' && Array.isArray(value['elements'])));

/** What the refusal of a deletion tells. */
export const usesOf = (error: unknown): NameUse[] =>
  error instanceof ApiProblem && Array.isArray(error.problems) ? error.problems.filter(isUse) : [];
