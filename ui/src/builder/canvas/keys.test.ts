import { afterEach, describe, expect, it } from 'vitest';
import { undoesItself } from './keys';

const only = (html: string): Element | null => {
  document.body.innerHTML = html;
  return document.querySelector('[data-it]');
};

afterEach(() => {
  document.body.innerHTML = '';
});

describe('undo', () => {
  it.each([
    '<input data-it>',
    '<input type="number" data-it>',
    '<textarea data-it></textarea>',
    '<div role="dialog"><button data-it></button></div>',
    '<div role="dialog"><input type="checkbox" data-it></div>',
    '<div role="dialog"><select data-it></select></div>',
  ])('is left to %s', (html) => {
    expect(undoesItself(only(html))).toBe(true);
  });

  it.each([
    '<input type="checkbox" data-it>',
    '<input type="checkbox" role="switch" data-it>',
    '<input type="radio" data-it>',
    '<input type="range" data-it>',
    '<input type="button" data-it>',
    '<input readonly data-it>',
    '<select data-it></select>',
    '<button data-it></button>',
  ])('is that of the flow in %s', (html) => {
    expect(undoesItself(only(html))).toBe(false);
  });
});
