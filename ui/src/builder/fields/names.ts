import type { ValueType } from '../../api/kinds';
import { useMemo } from 'react';
import { useEditorState } from '../editor';
import type { FlowDocument } from '../model/document';
import { tagsOf, variablesOf, webhookTitlesOf } from '../model/names';

/** Remembers what was found in the last document, for all fields that ask for the same. */
function once<Found>(find: (document: FlowDocument) => Found): (document: FlowDocument) => Found {
  const known = new WeakMap<FlowDocument, { found: Found }>();
  return (document) => {
    let kept = known.get(document);
    if (kept === undefined) {
      kept = { found: find(document) };
      known.set(document, kept);
    }
    return kept.found;
  };
}

const variablesOnce = once(variablesOf);
const tagsOnce = once(tagsOf);
const titlesOnce = once(webhookTitlesOf);

/** Variables that the bot declares and that this flow sets, by name. */
export function useVariables(): ReadonlyMap<string, ValueType | null> {
  const known = useEditorState((state) => state.known);
  const own = useEditorState((state) => variablesOnce(state.document));
  return useMemo(() => {
    const all = new Map<string, ValueType | null>(own);
    for (const { name, type } of known.variables) all.set(name, type);
    for (const { name, type } of known.botVariables) all.set(`$${name}`, type);
    return new Map([...all].sort(([a], [b]) => a.localeCompare(b)));
  }, [known, own]);
}

export function useTags(): string[] {
  const known = useEditorState((state) => state.known);
  const own = useEditorState((state) => tagsOnce(state.document));
  return useMemo(() => [...new Set([...own, ...known.tags])].sort((a, b) => a.localeCompare(b)), [known, own]);
}

export function useWebhookTitles(): string[] {
  return useEditorState((state) => titlesOnce(state.document));
}
