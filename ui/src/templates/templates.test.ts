import { describe, expect, it } from 'vitest';
import { layout } from '../builder/model/layout';
import { draftOf, hasPlaceholders, loadTemplates } from '.';

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
      expect(Object.fromEntries(draft.elements.map(({ id, position }) => [id, position]))).toEqual(
        Object.fromEntries(layout(template.document)),
      );
      expect(new Set(draft.elements.map(({ position }) => `${position?.x} ${position?.y}`)).size).toBe(
        draft.elements.length,
      );
    }
  });

  it('say whether an address is to be filled in', async () => {
    const templates = await loadTemplates(language);
    expect(templates.filter((one) => !hasPlaceholders(one)).map(({ id }) => id)).toEqual(['welcome']);
  });
});
