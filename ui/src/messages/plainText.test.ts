import { describe, expect, it } from 'vitest';
import { plainText, safeUrl } from './plainText';

describe('a link in a message', () => {
  it('is followed only when a browser may safely do so', () => {
    expect(safeUrl('https://example.org/a')).toBe('https://example.org/a');
    expect(safeUrl('javascript:alert(1)')).toBeUndefined();
    expect(safeUrl(' JaVaScRiPt:alert(1)')).toBeUndefined();
    expect(safeUrl('data:text/html,x')).toBeUndefined();
    expect(safeUrl('http://[')).toBeUndefined();
  });
});

describe('a message in a list', () => {
  it('is its text', () => {
    expect(plainText({ kind: 'text', text: [{ text: 'Hi ' }, { text: 'Ann', bold: true }] })).toBe('Hi Ann');
    expect(plainText({ kind: 'inbound', text: 'yes' })).toBe('yes');
  });

  it('is the names of its files when it has no text', () => {
    expect(plainText({ kind: 'inbound', attachments: [{ media: 'image' }, { media: 'file', name: 'a.pdf' }] })).toBe(
      'image, a.pdf',
    );
  });
});
