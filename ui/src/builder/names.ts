import { useMemo } from 'react';
import { useEditorState } from './editor';
import { isChosen } from './model/operations';
import type { SummaryNames } from './model/summary';

/** The names behind ids that stand in documents. */
export function useSummaryNames(): SummaryNames {
  const known = useEditorState((state) => state.known);
  return useMemo(() => {
    const flows = new Map(known.flows.map((flow) => [flow.id, flow.name]));
    const members = new Map(known.members.map((member) => [member.id, member.name]));
    const shown = (id: string) => (isChosen(id) ? `${id.slice(0, 8)}…` : null);
    return {
      flowName: (id) => flows.get(id) ?? shown(id),
      memberName: (id) => members.get(id) ?? shown(id),
    };
  }, [known]);
}
