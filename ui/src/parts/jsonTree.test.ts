import { describe, expect, it } from 'vitest';
import { foldedText, opensAtFirst, parseBody, readBody } from './jsonTree';

const FORM = 'application/x-www-form-urlencoded';

describe('a body', () => {
  it('is JSON whatever its content type says', () => {
    expect(readBody('[{"a":1}]', FORM)).toEqual({ json: [{ a: 1 }] });
  });

  it('is the JSON inside a form field', () => {
    expect(readBody(`payload=${encodeURIComponent('[{"a":"ä+b"}]')}`, FORM)).toEqual({
      json: { payload: [{ a: 'ä+b' }] },
    });
  });

  it('stays text when it is neither', () => {
    expect(readBody('<h1>no</h1>', 'text/html')).toEqual({ text: '<h1>no</h1>' });
    expect(readBody('payload=x', FORM)).toEqual({ text: 'payload=x' });
    expect(readBody('')).toEqual({ text: '' });
  });

  it('keeps a key named __proto__ as data', () => {
    const parsed = parseBody('{"__proto__":{"a":1}}');
    expect('json' in parsed && Object.keys(parsed.json as object)).toEqual(['__proto__']);
  });
});

describe('a folded branch', () => {
  it('says how much is in it', () => {
    expect(foldedText([1, 2])).toBe('[ 2 ]');
    expect(foldedText({})).toBe('{ 0 }');
  });

  it('is folded at first when it is deep or long', () => {
    expect(opensAtFirst(0, [1])).toBe(true);
    expect(opensAtFirst(6, [1])).toBe(false);
    expect(opensAtFirst(0, new Array(51).fill(0))).toBe(false);
  });
});
