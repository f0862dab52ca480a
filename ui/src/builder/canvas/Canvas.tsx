import '@xyflow/react/dist/style.css';
import { useComputedColorScheme } from '@mantine/core';
import {
  MiniMap,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  useStore,
  type Connection,
  type Edge as CanvasEdge,
  type FinalConnectionState,
  type IsValidConnection,
  type Node,
  type NodeChange,
  type EdgeChange,
} from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { edgeKey, useEditor, useEditorState } from '../editor';
import { useWords } from '../i18n';
import { ELEMENT_TYPES, type ElementType, type Position } from '../model/document';
import { CARD_WIDTH, guessedHeight } from '../model/layout';
import { isOnPath } from '../model/test-path';
import { outputLabel, speaker, titleOf } from '../model/summary';
import { useSummaryNames } from '../names';
import classes from './canvas.module.css';
import { Carry, CarryContext } from './carry';
import { ElementCard } from './ElementCard';
import { DRAG_TYPE, FAR_ZOOM, LOOKS } from './looks';
import { changed, DRAWN_ALL_MAX, nodesOf, type Shown } from './nodes';
import { NewElementMenu, type NewAt } from './NewElementMenu';
import { useCanvasKeys } from './keys';
import { Way } from './Way';

const NODE_TYPES = { element: ElementCard };
const EDGE_TYPES = { default: Way };
const GRID: [number, number] = [8, 8];
/** A flow that would be smaller than this is shown from its start instead of as a whole. */
const READABLE_ZOOM = 0.55;
const MARGIN = 56;
/** Straight, so that a slide that is cut short leaves the zoom as it was. */
const SLIDE = { duration: 250, interpolate: 'linear' } as const;
/** A smaller flow is seen whole without a map. */
const MAPPED_MIN = 6;
const MAP_SIZE = { width: 168, height: 112 };
const MORE_KEYS = ['Shift', 'Control', 'Meta'];
const NO_MARK = { hideAttribution: true };
const colorOf = (node: Node) => COLORS[node.data['type'] as ElementType];
const COLORS: Record<ElementType, string> = Object.fromEntries(
  ELEMENT_TYPES.map((type) => [type, `var(--mantine-color-${LOOKS[type].color}-filled)`]),
) as Record<ElementType, string>;

export interface CanvasProps {
  children?: ReactNode;
  formOpen: boolean;
  onOpenForm: () => void;
  onSearch: () => void;
  onSave: () => void;
}

/** The canvas: elements as cards, connections between them. */
export function Canvas({ children, formOpen, onOpenForm, onSearch, onSave }: CanvasProps) {
  const words = useWords();
  const editor = useEditor();
  const names = useSummaryNames();
  const scheme = useComputedColorScheme('light');
  const flow = useReactFlow();
  const isFar = useStore((state) => state.transform[2] < FAR_ZOOM);
  const document = useEditorState((state) => state.document);
  const places = useEditorState((state) => state.places);
  const chosen = useEditorState((state) => state.chosen);
  const chosenEdge = useEditorState((state) => state.chosenEdge);
  const path = useEditorState((state) => state.path);
  const jump = useEditorState((state) => state.jump);
  const [adding, setAdding] = useState<NewAt | null>(null);
  const section = useRef<HTMLElement>(null);

  const label = useMemo(() => speaker(words, names), [words, names]);

  // What a drag changes stays here until the cards are let go; only then the document changes.
  const [moved, setMoved] = useState<{ of: Shown; nodes: Node[] }>(() => {
    const of = { document, places, chosen, label };
    return { of, nodes: nodesOf(of, []) };
  });
  let shown = moved;
  if (
    moved.of.document !== document ||
    moved.of.places !== places ||
    moved.of.chosen !== chosen ||
    moved.of.label !== label
  ) {
    const of = { document, places, chosen, label };
    shown = { of, nodes: nodesOf(of, moved.nodes) };
    setMoved(shown);
  }
  const nodes = shown.nodes;

  const edgeLabel = useCallback(
    (edge: { from: string; output: string; to: string }) => {
      const { byId } = editor.get();
      const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
      if (from === undefined || to === undefined) return edgeKey(edge);
      return words.page.edge(titleOf(from, words), outputLabel(from, edge.output, words), titleOf(to, words));
    },
    [editor, words],
  );

  const edges = useMemo(() => {
    const known = new Set<string>();
    return document.edges.flatMap((edge): CanvasEdge[] => {
      const id = edgeKey(edge);
      if (known.has(id)) return [];
      known.add(id);
      const lit = isOnPath(path, edge);
      return [
        {
          id,
          source: edge.from,
          sourceHandle: edge.output,
          target: edge.to,
          targetHandle: 'in',
          selected: id === chosenEdge,
          reconnectable: 'target',
          ariaLabel: edgeLabel(edge),
          ...(lit ? { className: 'lit', animated: true } : {}),
        },
      ];
    });
  }, [document.edges, path, chosenEdge, edgeLabel]);

  const grabbed = useRef<string | null>(null);
  const [carry] = useState(
    () =>
      new Carry(flow, (changes) =>
        setMoved((before) => ({ ...before, nodes: changed(before.nodes, changes, grabbed.current) })),
      ),
  );
  useEffect(() => carry.learned(), [carry, nodes]);
  const onNodesChange = useCallback(
    (changes: NodeChange[]) => {
      const kept = changes.filter((change) => change.type !== 'remove');
      if (carry.takes(kept)) return;
      setMoved((before) => ({ ...before, nodes: changed(before.nodes, kept, grabbed.current) }));
      const dropped = new Map<string, Position>();
      let selection: Set<string> | null = null;
      for (const change of kept) {
        if (change.type === 'position' && !change.dragging && change.position) dropped.set(change.id, change.position);
        if (change.type === 'select') {
          selection ??= new Set(editor.get().chosen);
          if (change.selected) selection.add(change.id);
          else selection.delete(change.id);
        }
      }
      if (dropped.size > 0) editor.move(dropped, `move ${[...dropped.keys()].join()}`);
      if (selection !== null && (selection.size > 0 || editor.get().chosenEdge === null)) editor.choose(selection);
    },
    [editor, carry],
  );

  // A frame chooses cards; the connections among them come along by themselves.
  const framing = useRef(false);
  const onSelectionStart = useCallback(() => {
    framing.current = true;
  }, []);
  const onSelectionEnd = useCallback(() => {
    framing.current = false;
  }, []);
  const onEdgesChange = useCallback(
    (changes: EdgeChange[]) => {
      if (framing.current) return;
      for (const change of changes) {
        if (change.type !== 'select') continue;
        if (change.selected) editor.chooseEdge(change.id);
        else if (editor.get().chosenEdge === change.id) editor.chooseEdge(null);
      }
    },
    [editor],
  );

  const onConnect = useCallback(
    ({ source, sourceHandle, target }: Connection) => {
      if (sourceHandle) editor.connect({ from: source, output: sourceHandle, to: target });
    },
    [editor],
  );

  // Let go over a card: it leads there. Over the empty canvas: a new element is asked for.
  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      const from = state.fromNode?.id;
      const output = state.fromHandle?.id;
      if (state.isValid || !from || !output || state.fromHandle?.type !== 'source') return;
      const point = 'changedTouches' in event ? event.changedTouches[0] : event;
      if (!point) return;
      const under = globalThis.document.elementFromPoint(point.clientX, point.clientY);
      const card = under?.closest('.react-flow__node')?.getAttribute('data-id');
      if (card) editor.connect({ from, output, to: card });
      else if (under?.closest('.react-flow__pane')) {
        setAdding({ x: point.clientX, y: point.clientY, from: { from, output } });
      }
    },
    [editor],
  );

  const reconnected = useRef(false);
  const onReconnectStart = useCallback(() => {
    reconnected.current = false;
  }, []);
  const onReconnect = useCallback(
    (old: CanvasEdge, { source, sourceHandle, target }: Connection) => {
      reconnected.current = true;
      if (sourceHandle) editor.connect({ from: source, output: sourceHandle, to: target });
      if (old.source !== source || old.sourceHandle !== sourceHandle) {
        editor.disconnect([{ from: old.source, output: old.sourceHandle ?? '' }]);
      }
    },
    [editor],
  );
  const onReconnectEnd = useCallback(
    (_: MouseEvent | TouchEvent, edge: CanvasEdge) => {
      if (!reconnected.current) editor.disconnect([{ from: edge.source, output: edge.sourceHandle ?? '' }]);
    },
    [editor],
  );

  const isValidConnection: IsValidConnection = useCallback(
    (way) => way.targetHandle === 'in' && Boolean(way.sourceHandle),
    [],
  );

  useEffect(() => {
    editor.measureWith((element) => flow.getInternalNode(element.id)?.measured.height ?? guessedHeight(element));
  }, [editor, flow]);

  // A jump brings the element into the middle of what is seen, once the form has taken its room.
  const jumped = useRef({ nth: jump?.nth ?? 0, at: 0 });
  useEffect(() => {
    if (jump === null || jump.nth === jumped.current.nth) return;
    jumped.current = { nth: jump.nth, at: Date.now() };
    const timer = setTimeout(() => {
      const place = editor.placeOf(jump.element);
      const height = flow.getInternalNode(jump.element)?.measured.height ?? 160;
      const zoom = Math.max(flow.getZoom(), 0.8);
      void flow.setCenter(place.x + CARD_WIDTH / 2, place.y + Math.min(height, 300) / 2, { ...SLIDE, zoom });
    }, 80);
    return () => clearTimeout(timer);
  }, [jump, editor, flow]);

  // A test chat is followed: the element where it stands comes into sight.
  const stands = path.at;
  useEffect(() => {
    const box = section.current;
    if (stands === null || box === null) return;
    const place = editor.placeOf(stands);
    const at = flow.flowToScreenPosition(place);
    const bounds = box.getBoundingClientRect();
    const width = CARD_WIDTH * flow.getZoom();
    const inSight = at.x > bounds.left && at.x + width < bounds.right && at.y > bounds.top && at.y + 80 < bounds.bottom;
    if (!inSight) void flow.setCenter(place.x + CARD_WIDTH / 2, place.y + 80, { ...SLIDE, zoom: flow.getZoom() });
  }, [stands, editor, flow]);

  const showBeginning = useCallback(() => {
    const state = editor.get();
    const box = section.current?.getBoundingClientRect();
    if (box === undefined || state.document.elements.length === 0) return;
    const all = flow.getNodesBounds(flow.getNodes());
    const zoom = Math.min((box.width - MARGIN * 2) / all.width, (box.height - MARGIN * 2) / all.height, 1);
    if (zoom >= READABLE_ZOOM) {
      const x = box.width / 2 - (all.x + all.width / 2) * zoom;
      void flow.setViewport({ x, y: box.height / 2 - (all.y + all.height / 2) * zoom, zoom });
      return;
    }
    const start = editor.placeOf(
      state.byId.has(state.document.start) ? state.document.start : (state.document.elements[0]?.id ?? ''),
    );
    const near = box.width < 600 ? 0.75 : 0.85;
    void flow.setViewport({ x: MARGIN - start.x * near, y: box.height / 3 - start.y * near, zoom: near });
  }, [editor, flow]);

  // The form takes room from the canvas: the chosen card is brought back into sight, and nothing moves when it is in sight.
  const [only] = chosen;
  useEffect(() => {
    const box = section.current;
    if (!formOpen || only === undefined || chosen.size !== 1 || box === null) return;
    const timer = setTimeout(() => {
      if (Date.now() - jumped.current.at < 600) return;
      const place = editor.placeOf(only);
      const { x, y, zoom } = flow.getViewport();
      const height = flow.getInternalNode(only)?.measured.height ?? 160;
      const left = place.x * zoom + x;
      const top = place.y * zoom + y;
      const dx = Math.min(0, box.clientWidth - 24 - (left + CARD_WIDTH * zoom)) || Math.max(0, 24 - left);
      const dy =
        top > box.clientHeight - 60
          ? box.clientHeight - 60 - top - height * zoom
          : top + height * zoom < 40
            ? 40 - top
            : 0;
      if (dx !== 0 || dy !== 0) void flow.setViewport({ x: x + dx, y: y + dy, zoom }, SLIDE);
    }, 60);
    return () => clearTimeout(timer);
  }, [formOpen, only, chosen, editor, flow]);

  const onKeyDown = useCanvasKeys({ onOpenForm, onSearch, onSave });

  const onNodeClick = useCallback(
    (event: React.MouseEvent, node: Node) => {
      if (event.shiftKey || event.ctrlKey || event.metaKey) return;
      editor.choose(new Set([node.id]));
      onOpenForm();
    },
    [editor, onOpenForm],
  );
  const onPaneClick = useCallback(() => editor.choose(new Set()), [editor]);
  const onNodeDragStart = useCallback((_: unknown, node: Node) => {
    grabbed.current = node.id;
  }, []);

  const ariaLabels = useMemo(
    () => ({
      'node.a11yDescription.default': words.page.nodeHelp,
      'node.a11yDescription.keyboardDisabled': words.page.nodeHelp,
      'node.a11yDescription.ariaLiveMessage': ({ x, y }: Position) => words.page.movedTo(x, y),
      'edge.a11yDescription.default': words.page.edgeHelp,
      'minimap.ariaLabel': words.page.minimap,
    }),
    [words],
  );

  const onDrop = (event: React.DragEvent) => {
    const type = event.dataTransfer.getData(DRAG_TYPE) as ElementType;
    if (!ELEMENT_TYPES.includes(type)) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    editor.add(type, { x: at.x - CARD_WIDTH / 2, y: at.y - 24 });
    onOpenForm();
  };

  // What React Flow is given stays the same from move to move: a function that is another draws all cards anew.
  return (
    <section
      ref={section}
      className={classes.canvas}
      data-far={isFar || undefined}
      aria-label={words.page.canvas}
      onKeyDown={onKeyDown}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
      }}
      onDrop={onDrop}
    >
      <CarryContext value={carry}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodesChange={onNodesChange}
          onEdgesChange={onEdgesChange}
          onConnect={onConnect}
          onConnectEnd={onConnectEnd}
          onReconnectStart={onReconnectStart}
          onReconnect={onReconnect}
          onReconnectEnd={onReconnectEnd}
          isValidConnection={isValidConnection}
          onSelectionStart={onSelectionStart}
          onSelectionEnd={onSelectionEnd}
          onNodeClick={onNodeClick}
          onPaneClick={onPaneClick}
          colorMode={scheme}
          connectionRadius={36}
          reconnectRadius={12}
          snapToGrid
          snapGrid={GRID}
          minZoom={0.1}
          maxZoom={2}
          onInit={showBeginning}
          onNodeDragStart={onNodeDragStart}
          deleteKeyCode={null}
          multiSelectionKeyCode={MORE_KEYS}
          selectionKeyCode="Shift"
          selectionMode={SelectionMode.Partial}
          selectNodesOnDrag={false}
          nodeDragThreshold={3}
          zoomOnDoubleClick={false}
          elevateNodesOnSelect
          onlyRenderVisibleElements={document.elements.length > DRAWN_ALL_MAX}
          ariaLabelConfig={ariaLabels}
          proOptions={NO_MARK}
        >
          {document.elements.length >= MAPPED_MIN && (
            <MiniMap
              pannable
              zoomable
              ariaLabel={words.page.minimap}
              className="recado-minimap"
              style={MAP_SIZE}
              nodeColor={colorOf}
              nodeBorderRadius={8}
            />
          )}
          {children}
        </ReactFlow>
      </CarryContext>
      {adding !== null && <NewElementMenu at={adding} onClose={() => setAdding(null)} onAdded={onOpenForm} />}
    </section>
  );
}
