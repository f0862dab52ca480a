import { describe, expect, it } from 'vitest';
import { createT, fill } from '.';
import { en } from './en';
import { es } from './es';
import { formats } from './format';

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

describe('the languages', () => {
  it('have the same keys', () => {
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  });

  it('have the same placeholders in every text', () => {
    for (const [key, text] of Object.entries(en)) {
      expect([key, placeholders(es[key as keyof typeof en])]).toEqual([key, placeholders(text)]);
    }
  });

  it('leave no text empty', () => {
    for (const words of [en, es])
      for (const [key, text] of Object.entries(words)) expect([key, text.trim()]).not.toEqual([key, '']);
  });

  it('have both forms of every plural', () => {
    for (const key of Object.keys(en).filter((name) => name.endsWith('_one'))) {
      expect(Object.keys(en)).toContain(key.replace(/_one$/, '_other'));
    }
  });
});

describe('a text', () => {
  it('keeps what it has no value for', () => {
    expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
  });

  it('does not read a value as a template', () => {
    expect(fill('{a}', { a: '{b}', b: 'x' })).toBe('{b}');
  });

  it('is chosen by the count', () => {
    const t = createT('es', es);
    expect(t.many('audience.count', 1)).toContain('1 contacto');
    expect(t.many('audience.count', 2)).toContain('2 contactos');
  });
});

describe('a moment', () => {
  const { ago, brief } = formats('en');
  const now = new Date('2026-11-26T12:00:00Z');

  it('is told by its distance', () => {
    expect(ago('2026-11-26T11:57:00Z', now.getTime())).toBe('3 min. ago');
    expect(ago('2026-11-24T12:00:00Z', now.getTime())).toBe('2 days ago');
  });

  it('is told by its date when it is long ago', () => {
    expect(ago('2026-01-02T12:00:00Z', now.getTime())).toBe('Jan 2, 2026');
    expect(brief('2026-01-02T12:00:00Z', now)).toBe('Jan 2');
  });
});
