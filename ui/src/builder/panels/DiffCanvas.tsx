import { useComputedColorScheme } from '@mantine/core';
import {
  Background,
  Controls,
  Handle,
  Position as Side,
  ReactFlow,
  ReactFlowProvider,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import { memo, useMemo } from 'react';
import canvas from '../canvas/canvas.module.css';
import { LOOKS } from '../canvas/looks';
import { useWords } from '../i18n';
import type { Change, DocumentDiff } from '../model/diff';
import type { Element, FlowDocument } from '../model/document';
import { layout } from '../model/layout';
import { titleOf } from '../model/summary';

interface Shown extends Record<string, unknown> {
  element: Element;
  change: Change | 'same';
}

const TONE: Record<Shown['change'], string> = {
  added: 'var(--mantine-color-green-filled)',
  removed: 'var(--mantine-color-red-filled)',
  changed: 'var(--mantine-color-yellow-filled)',
  same: 'var(--card-line)',
};

const DiffCard = memo(function DiffCard({ data }: NodeProps) {
  const words = useWords();
  const { element, change } = data as Shown;
  const { icon: Icon, color } = LOOKS[element.type];
  return (
    <div
      className={canvas.card}
      style={
        {
          '--look': `var(--mantine-color-${color}-filled)`,
          '--look-soft': `var(--mantine-color-${color}-light)`,
          '--look-text': `var(--mantine-color-${color}-light-color)`,
          borderColor: TONE[change],
          borderWidth: change === 'same' ? 1 : 3,
          borderStyle: change === 'removed' ? 'dashed' : 'solid',
          opacity: change === 'same' ? 0.65 : 1,
        } as React.CSSProperties
      }
    >
      <Handle type="target" position={Side.Left} className={canvas.target} isConnectable={false} />
      <Handle type="source" position={Side.Right} className={canvas.source} isConnectable={false} />
      <div className={canvas.head}>
        <span className={canvas.icon}>
          <Icon size={16} aria-hidden />
        </span>
        <span className={canvas.titles}>
          <span className={canvas.title}>{titleOf(element, words)}</span>
          <span className={canvas.type}>
            {change === 'same' ? words.types[element.type] : words.versions.legend[change]}
          </span>
        </span>
      </div>
    </div>
  );
});

const NODE_TYPES = { diff: DiffCard };

/** Both documents in one picture: what was added, what is gone, what is other than before. */
export function DiffCanvas({ before, after, diff }: { before: FlowDocument; after: FlowDocument; diff: DocumentDiff }) {
  const words = useWords();
  const scheme = useComputedColorScheme('light');
  const { nodes, edges } = useMemo(() => {
    const changes = new Map(diff.elements.map((one) => [one.id, one.change]));
    const gone = before.elements.filter((element) => changes.get(element.id) === 'removed');
    const all = [...after.elements, ...gone];
    const laid = all.every((element) => element.position) ? null : layout({ ...after, elements: all }, () => 60);
    const shown = all.map((element): Node => ({
      id: element.id,
      type: 'diff',
      position: laid?.get(element.id) ?? element.position ?? { x: 0, y: 0 },
      data: { element, change: changes.get(element.id) ?? 'same' } satisfies Shown,
    }));
    const ways = new Map<string, Edge>();
    const add = (document: FlowDocument, color: string) => {
      for (const edge of document.edges) {
        const id = `${edge.from} ${edge.output} ${edge.to}`;
        ways.set(id, {
          id,
          source: edge.from,
          target: edge.to,
          style: { stroke: ways.has(id) ? 'var(--way)' : color },
        });
      }
    };
    add(before, TONE.removed);
    add(after, TONE.added);
    return { nodes: shown, edges: [...ways.values()] };
  }, [before, after, diff]);
  return (
    <ReactFlowProvider>
      <section className={canvas.canvas} style={{ height: '100%', minHeight: 240 }} aria-label={words.versions.compare}>
        <ReactFlow
          defaultNodes={nodes}
          defaultEdges={edges}
          nodeTypes={NODE_TYPES}
          colorMode={scheme}
          nodesDraggable={false}
          nodesConnectable={false}
          elementsSelectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          fitView
          fitViewOptions={{ padding: 0.1, maxZoom: 1 }}
          minZoom={0.05}
        >
          <Background gap={24} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </section>
    </ReactFlowProvider>
  );
}
