import { describe, expect, it } from 'vitest';
import { type Listed, withSomething } from './queries';

/** Pages by their cursor; the first one has none. */
const pages = (sizes: number[]) => {
  const asked: (string | undefined)[] = [];
  const page = (cursor: string | undefined): Promise<Listed<number>> => {
    asked.push(cursor);
    const at = Number(cursor ?? 0);
    const next_cursor = at + 1 < sizes.length ? String(at + 1) : null;
    return Promise.resolve({ items: Array.from({ length: sizes[at] ?? 0 }, () => at), next_cursor });
  };
  return { asked, page };
};

describe('a page of a filtered list', () => {
  it('is the first one with something on it', async () => {
    const { asked, page } = pages([0, 0, 2, 1]);
    expect(await withSomething(undefined, page)).toEqual({ items: [2, 2], next_cursor: '3' });
    expect(asked).toEqual([undefined, '1', '2']);
    expect(await withSomething('3', page)).toEqual({ items: [3], next_cursor: null });
  });

  it('is empty at the end, and after so many looks, from where it goes on', async () => {
    expect(await withSomething(undefined, pages([0, 0]).page)).toEqual({ items: [], next_cursor: null });
    const long = pages(Array.from({ length: 50 }, () => 0));
    expect(await withSomething(undefined, long.page)).toEqual({ items: [], next_cursor: '10' });
    expect(long.asked).toHaveLength(10);
  });
});
