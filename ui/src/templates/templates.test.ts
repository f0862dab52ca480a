import { describe, expect, it } from 'vitest';
import { guessedHeight } from '../builder/model/layout';
import { draftOf, hasPlaceholders, loadTemplates } from '.';

interface Box {
  x: number;
  y: number;
  height: number;
}

describe.each(['en', 'es'] as const)('the ready flows in %s', (language) => {
  it('are six, each with its own name', async () => {
    const templates = await loadTemplates(language);
    expect(templates.map(({ id }) => id)).toEqual(['welcome', 'lead', 'booking', 'faq', 'rating', 'person']);
    expect(new Set(templates.map(({ document }) => document.name)).size).toBe(6);
  });

  it('become drafts in which no card lies on another', async () => {
    for (const template of await loadTemplates(language)) {
      const draft = draftOf(template, 'Mine');
      expect(draft.name).toBe('Mine');
      const boxes = draft.elements.map((element) => ({ ...element.position, height: guessedHeight(element) }) as Box);
      for (const [nth, one] of boxes.entries()) {
        for (const other of boxes.slice(nth + 1)) {
          const apart = one.x !== other.x || one.y + one.height < other.y || other.y + other.height < one.y;
          expect(apart, `${template.id}: ${JSON.stringify([one, other])}`).toBe(true);
        }
      }
    }
  });

  it('say whether an address is to be filled in', async () => {
    const templates = await loadTemplates(language);
    expect(templates.filter((one) => !hasPlaceholders(one)).map(({ id }) => id)).toEqual(['welcome']);
  });
});
