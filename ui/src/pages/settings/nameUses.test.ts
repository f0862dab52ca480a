import { expect, it } from 'vitest';
import { ApiProblem } from '../../api/problem';
import { usesOf } from './nameUses';

it('reads who uses a name from the refusal, and nothing from what it does not know', () => {
  const flow = { flow_id: '1', flow: 'Order', elements: ['ask'] };
  const problems = [flow, { segment: 'Buyers' }, { other: 1 }, null];
  const refusal = new ApiProblem({ status: 409, code: 'in_use', detail: '', problems });
  expect(usesOf(refusal)).toEqual([flow, { segment: 'Buyers' }]);
  expect(usesOf(new ApiProblem({ status: 409, code: 'in_use', detail: '' }))).toEqual([]);
  expect(usesOf(new Error('no'))).toEqual([]);
});
