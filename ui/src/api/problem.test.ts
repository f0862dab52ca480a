import { describe, expect, it } from 'vitest';
import { createT } from '../i18n';
import { en } from '../i18n/en';
import { es } from '../i18n/es';
import { ApiProblem, fieldErrors, problemOf, tellProblem, unreachable } from './problem';

const t = createT('en', en);
const answer = (status: number, headers: Record<string, string> = {}) => new Response(null, { status, headers });

describe('a refused answer', () => {
  it('is told by its code and its detail', () => {
    const problem = problemOf(answer(409), { code: 'exists', detail: 'there is a flow of this name' });
    expect(tellProblem(problem, t)).toEqual({ title: t('problem.exists'), detail: 'there is a flow of this name' });
  });

  it('is told by its status when it is no problem of the API', () => {
    expect(tellProblem(problemOf(answer(502), undefined), t).title).toBe(t('problem.server'));
    expect(tellProblem(problemOf(answer(418), 'tea'), t).title).toBe(t('problem.refused'));
  });

  it('is told without the words of the server where its own say all', () => {
    const problem = problemOf(answer(409), { code: 'too_many_flows', detail: 'a bot has at most 500 flows' });
    expect(tellProblem(problem, createT('es', es))).toEqual({ title: es['problem.too_many_flows'], detail: '' });
  });

  it('is told in the words of the server when its code is not known', () => {
    const problem = problemOf(answer(409), { code: 'of_tomorrow', detail: 'something new' });
    expect(tellProblem(problem, t)).toEqual({ title: t('problem.conflict'), detail: 'something new' });
  });

  it('says how long to wait', () => {
    const problem = problemOf(answer(429, { 'retry-after': '30' }), { code: 'too_many_requests', detail: '' });
    expect(tellProblem(problem, t).title).toContain('30 s');
  });

  it('names a type as the page does', () => {
    const wrong = {
      field: 'size',
      message: 'is not a number',
      code: 'not_of_type',
      values: { kind: 'number', words: 'not a number' },
    };
    const problem = problemOf(answer(422), { code: 'invalid_fields', detail: '', errors: [wrong] });
    expect(tellProblem(problem, createT('es', es)).detail).toBe('size: Esto no encaja en el tipo «Número».');
  });

  it('is told in every language', () => {
    expect(tellProblem(unreachable(), createT('es', es)).title).toContain('servidor');
  });
});

describe('errors of fields', () => {
  const problem = new ApiProblem({
    status: 422,
    code: 'invalid_fields',
    detail: '',
    fields: [
      { field: 'url', message: 'a loopback address' },
      { field: 'headers[0].name', message: 'not a name' },
      { field: 'other', message: 'unknown' },
    ],
  });

  it('stand at their fields, and the rest is told apart', () => {
    expect(fieldErrors(problem, ['url', 'headers'], t)).toEqual({
      byField: { url: 'a loopback address', headers: 'not a name' },
      rest: 'other: unknown',
    });
  });

  it('are told in the language of the page', () => {
    const short = [{ field: 'password', message: 'in English', code: 'too_short', values: { min: 12 } }];
    const told = new ApiProblem({ status: 422, code: 'invalid_fields', detail: '', fields: short });
    const inSpanish = createT('es', es);
    expect(fieldErrors(told, ['password'], inSpanish).byField).toEqual({ password: 'Al menos 12 caracteres.' });
  });

  it('are told in the words of the server when their code is not known', () => {
    const odd = [
      { field: 'url', message: 'a loopback address', code: 'other', values: { text: 'a loopback address' } },
    ];
    const told = new ApiProblem({ status: 422, code: 'invalid_fields', detail: '', fields: odd });
    expect(fieldErrors(told, ['url'], createT('es', es)).byField).toEqual({ url: 'a loopback address' });
  });

  it('are none of an error that has no fields', () => {
    expect(fieldErrors(new Error('x'), ['url'], t)).toEqual({ byField: {}, rest: '' });
  });
});
