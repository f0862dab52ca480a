import { expect, it } from 'vitest';
import type { ApiRequestElement } from '../document';
import { sampleOf, variablesIn } from '../samples';

const element = (rest: Partial<ApiRequestElement>): ApiRequestElement => ({
  id: 'ask',
  type: 'api_request',
  url: 'https://example.org/{{order}}?c={{ city }}&n={{$first_name}}&t={{$response.id}}',
  ...rest,
});

it('finds the variables of the contact wherever a request has templates', () => {
  expect(variablesIn(element({}))).toEqual(['order', 'city']);
  const body = { kind: 'json', text: '{"a": {{order}}, "b": {{places + 1}}, "c": {{$[\'odd, name\']}}}' } as const;
  expect(variablesIn(element({ headers: [{ name: 'X', value: '{{key}}' }], body }))).toEqual([
    'order',
    'city',
    'key',
    'places',
    'odd, name',
  ]);
  const form = { kind: 'form' as const, fields: [{ name: 'a', value: '{{first}}' }] };
  expect(variablesIn(element({ url: 'https://example.org', body: form }))).toEqual(['first']);
});

it('reads numbers, lists and objects as such, and everything else as it was typed', () => {
  expect(['12', '-1.5', 'true', '[1,2]', '{"a":1}', '007x', '+34 600', ' Ana ', '{no'].map(sampleOf)).toEqual([
    12,
    -1.5,
    true,
    [1, 2],
    { a: 1 },
    '007x',
    '+34 600',
    ' Ana ',
    '{no',
  ]);
});
