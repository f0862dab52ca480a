import { BaseEdge, getBezierPath, type EdgeProps } from '@xyflow/react';
import { memo, use, useCallback, useSyncExternalStore } from 'react';
import { useEditorState } from '../editor';
import { AMONG, CarryContext, NO_WAY } from './carry';

const NEVER = () => () => undefined;

/** A connection. One end of it may be carried away with many cards, and it follows. */
export const Way = memo(function Way(edge: EdgeProps) {
  const fromChosen = useEditorState((state) => state.chosen.has(edge.source));
  const toChosen = useEditorState((state) => state.chosen.has(edge.target));
  const carry = use(CarryContext);
  const leadsOut = fromChosen !== toChosen;
  const by = useSyncExternalStore(
    carry?.subscribe ?? NEVER,
    useCallback(() => (leadsOut ? (carry?.way ?? NO_WAY) : NO_WAY), [carry, leadsOut]),
  );
  const [path] = getBezierPath({
    ...edge,
    sourceX: edge.sourceX + (fromChosen ? by.x : 0),
    sourceY: edge.sourceY + (fromChosen ? by.y : 0),
    targetX: edge.targetX + (toChosen ? by.x : 0),
    targetY: edge.targetY + (toChosen ? by.y : 0),
  });
  return (
    <g className={fromChosen && toChosen ? AMONG : undefined}>
      <BaseEdge id={edge.id} path={path} interactionWidth={edge.interactionWidth} />
    </g>
  );
});
