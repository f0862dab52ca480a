/**
 * One open flow: its document with undo, what is chosen, what was found wrong, and what a test passed. Components subscribe to the piece that
 * they show, so that a change of one element redraws one card.
 */

import { createContext, use, useSyncExternalStore } from 'react';
import { NOTHING_KNOWN, type Counts, type Known } from './calls';
import { paste as pasted, copy as copied } from './model/clipboard';
import { LIMITS, type Edge, type Element, type ElementType, type FlowDocument, type Position } from './model/document';
import * as history from './model/history';
import { layout, placesOfUnplaced, type HeightOf } from './model/layout';
import { newElement, newId } from './model/make';
import * as operations from './model/operations';
import { byElement, type Problem, type ProblemsByElement } from './model/problems';
import type { SaveState } from './model/saver';
import { NO_PATH, type TestPath } from './model/test-path';

export interface Jump {
  element: string;
  field: string | null;
  /** Counts jumps, so that the same one can be made again. */
  nth: number;
}

export interface EditorState {
  steps: history.History<FlowDocument>;
  document: FlowDocument;
  byId: ReadonlyMap<string, Element>;
  /** Targets by `element output`. */
  targets: ReadonlyMap<string, string>;
  /** Where those elements are shown that have no place in the document. */
  places: ReadonlyMap<string, Position>;
  chosen: ReadonlySet<string>;
  /** `element output` of the chosen connection. */
  chosenEdge: string | null;
  save: SaveState;
  problems: readonly Problem[] | null;
  problemsBy: ProblemsByElement;
  /** The draft could not be checked. */
  checkFailed: boolean;
  counts: Counts | null;
  /** The element of which it is shown who waits there. */
  waitingIn: string | null;
  path: TestPath;
  jump: Jump | null;
  known: Known;
}

const NONE: ReadonlySet<string> = new Set();
const NO_PLACES: ReadonlyMap<string, Position> = new Map();

export const edgeKey = (edge: { from: string; output: string }) => `${edge.from} ${edge.output}`;

function indexed(document: FlowDocument): Pick<EditorState, 'document' | 'byId'> {
  return { document, byId: new Map(document.elements.map((element) => [element.id, element])) };
}

const targetsOf = (edges: readonly Edge[]) => new Map(edges.map((edge) => [edgeKey(edge), edge.to]));

export class Editor {
  private state: EditorState;
  private readonly listeners = new Set<() => void>();
  private heightOf: HeightOf | undefined;
  onDocument: (document: FlowDocument) => void = () => undefined;
  /** Told when there is no room for another element. */
  onFull: () => void = () => undefined;

  constructor(document: FlowDocument) {
    this.state = {
      steps: history.begin(document),
      ...indexed(document),
      targets: targetsOf(document.edges),
      places: placesOfUnplaced(document),
      chosen: NONE,
      chosenEdge: null,
      save: { is: 'saved' },
      problems: null,
      problemsBy: new Map(),
      checkFailed: false,
      counts: null,
      waitingIn: null,
      path: NO_PATH,
      jump: null,
      known: NOTHING_KNOWN,
    };
  }

  /** How tall cards are, once the canvas measured them. */
  measureWith(heightOf: HeightOf): void {
    this.heightOf = heightOf;
  }

  get = (): EditorState => this.state;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(changes: Partial<EditorState>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of this.listeners) listener();
  }

  placeOf = (id: string): Position => this.state.byId.get(id)?.position ?? this.state.places.get(id) ?? { x: 0, y: 0 };

  /** Changes the document. Changes with the same key that follow fast are one step of undo. */
  apply(
    change: (document: FlowDocument) => FlowDocument,
    key: string | null = null,
    also: Partial<EditorState> = {},
  ): void {
    const steps = history.change(this.state.steps, change(this.state.document), Date.now(), key);
    this.take(steps, also);
  }

  undo(): void {
    this.take(history.undo(this.state.steps));
  }

  redo(): void {
    this.take(history.redo(this.state.steps));
  }

  private take(steps: history.History<FlowDocument>, also: Partial<EditorState> = {}): void {
    const document = steps.present;
    if (document === this.state.document) {
      if (Object.keys(also).length > 0) this.set(also);
      return;
    }
    const index = indexed(document);
    const edges = document.edges === this.state.document.edges ? this.state.targets : targetsOf(document.edges);
    const chosen = also.chosen ?? this.state.chosen;
    const gone = [...chosen].some((id) => !index.byId.has(id));
    this.set({
      ...also,
      steps,
      ...index,
      targets: edges,
      places: this.placesFor(document),
      chosen: gone ? new Set([...chosen].filter((id) => index.byId.has(id))) : chosen,
    });
    this.onDocument(document);
  }

  /** Shown places stay as they are; only what appears without a place gets one. */
  private placesFor(document: FlowDocument): ReadonlyMap<string, Position> {
    const { places } = this.state;
    const unplaced = document.elements.filter((element) => !element.position);
    if (unplaced.length === 0) return NO_PLACES;
    if (unplaced.every((element) => places.has(element.id))) return places;
    return new Map([...placesOfUnplaced(document, this.heightOf), ...places]);
  }

  /** The document with the shown place of each element written down, so that it looks the same next time. */
  private placed(document: FlowDocument): FlowDocument {
    const { places } = this.state;
    return places.size === 0 ? document : operations.moveElements(document, places);
  }

  change(id: string, change: (element: Element) => Element, key: string | null = null): void {
    this.apply((document) => operations.changeElement(document, id, change), key === null ? null : `${id} ${key}`);
  }

  add(type: ElementType, at: Position, from: { from: string; output: string } | null = null): string | null {
    const { document } = this.state;
    if (document.elements.length >= LIMITS.elements) {
      this.onFull();
      return null;
    }
    const id = newId(type, new Set(this.state.byId.keys()));
    const element = newElement(type, id, { x: Math.round(at.x), y: Math.round(at.y) });
    this.apply(
      (current) => {
        const added = operations.addElement(this.placed(current), element);
        return from === null ? added : operations.connect(added, { ...from, to: id });
      },
      null,
      { chosen: new Set([id]), chosenEdge: null },
    );
    return id;
  }

  remove(ids: ReadonlySet<string>): void {
    this.apply((document) => operations.removeElements(this.placed(document), ids));
  }

  move(positions: ReadonlyMap<string, Position>, key: string | null = null): void {
    this.apply((document) => operations.moveElements(this.placed(document), positions), key);
  }

  connect(edge: Edge): void {
    this.apply((document) => operations.connect(document, edge));
  }

  disconnect(edges: readonly { from: string; output: string }[]): void {
    this.apply((document) => operations.disconnect(document, edges), null, { chosenEdge: null });
  }

  tidy(): void {
    this.apply((document) => operations.moveElements(document, layout(document, this.heightOf)));
  }

  copy(ids: ReadonlySet<string> = this.state.chosen): string | null {
    return ids.size === 0 ? null : copied(this.state.document, ids, this.placeOf);
  }

  /** How many elements were pasted; `null` when the text is none of ours or there is no room. */
  paste(text: string, at: Position): number | null {
    const found = pasted(text, this.state.document, at);
    if (found === null) return null;
    this.apply((document) => operations.addAll(this.placed(document), found.elements, found.edges), null, {
      chosen: new Set(found.elements.map((element) => element.id)),
      chosenEdge: null,
    });
    return found.elements.length;
  }

  duplicate(): number | null {
    const { chosen } = this.state;
    const text = this.copy();
    if (text === null) return null;
    const places = [...chosen].map(this.placeOf);
    const at = { x: Math.min(...places.map((p) => p.x)) + 40, y: Math.min(...places.map((p) => p.y)) + 40 };
    return this.paste(text, at);
  }

  choose(ids: ReadonlySet<string>): void {
    const { chosen } = this.state;
    if (this.state.chosenEdge === null && chosen.size === ids.size && [...ids].every((id) => chosen.has(id))) return;
    this.set({ chosen: ids, chosenEdge: null });
  }

  chooseEdge(key: string | null): void {
    if (key !== this.state.chosenEdge) this.set({ chosenEdge: key, chosen: key === null ? this.state.chosen : NONE });
  }

  jumpTo(element: string, field: string | null = null): void {
    if (!this.state.byId.has(element)) return;
    this.set({
      chosen: new Set([element]),
      chosenEdge: null,
      jump: { element, field, nth: (this.state.jump?.nth ?? 0) + 1 },
    });
  }

  found(problems: readonly Problem[]): void {
    this.set({ problems, problemsBy: byElement(problems), checkFailed: false });
  }
}

export const EditorContext = createContext<Editor | null>(null);

export function useEditor(): Editor {
  const editor = use(EditorContext);
  if (!editor) throw new Error('useEditor needs an EditorContext');
  return editor;
}

/** A piece of the editor's state; the component is drawn again when the piece is another. */
export function useEditorState<Piece>(select: (state: EditorState) => Piece): Piece {
  const editor = useEditor();
  return useSyncExternalStore(editor.subscribe, () => select(editor.get()));
}
