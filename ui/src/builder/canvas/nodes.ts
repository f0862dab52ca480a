/**
 * The canvas's nodes of a document.
 *
 * Of a large flow only the cards in sight are drawn. React Flow draws each card once to learn its size and where its handles are; so a card that was
 * not drawn yet stands for itself with a guess of both, which gives way to the truth as soon as the browser has measured it.
 */

import { applyNodeChanges, Position as Side, type Node, type NodeChange } from '@xyflow/react';
import type { EditorState } from '../editor';
import { outputsOf, type Element } from '../model/document';
import { CARD_WIDTH, guessedHeight } from '../model/layout';

/** Past so many elements those out of sight are not drawn. */
export const DRAWN_ALL_MAX = 120;
/** Of one output, and of the dot on it. */
const OUTPUT_HEIGHT = 28;
const DOT = 12;
/** A card's height is whole: what has this part is a guess. */
const PART = 0.5;

/** What the nodes show. */
export interface Shown {
  document: EditorState['document'];
  places: EditorState['places'];
  chosen: EditorState['chosen'];
  label: (element: Element) => string;
}

/** About how large a card is and where its handles are. */
function guess(element: Element): Pick<Node, 'measured' | 'handles'> {
  const height = guessedHeight(element) + PART;
  const outputs = outputsOf(element);
  const dot = { width: DOT, height: DOT };
  return {
    measured: { width: CARD_WIDTH, height },
    handles: [
      { id: 'in', type: 'target', position: Side.Left, x: -DOT / 2, y: OUTPUT_HEIGHT, ...dot },
      ...outputs.map((output, nth) => ({
        id: output,
        type: 'source' as const,
        position: Side.Right,
        x: CARD_WIDTH - DOT / 2,
        y: height - (outputs.length - nth) * OUTPUT_HEIGHT + (OUTPUT_HEIGHT - DOT) / 2,
        ...dot,
      })),
    ],
  };
}

/** Nodes for the document; one that shows the same as before stays the same object. */
export function nodesOf(shown: Shown, before: readonly Node[]): Node[] {
  const old = new Map(before.map((node) => [node.id, node]));
  const guesses = shown.document.elements.length > DRAWN_ALL_MAX;
  return shown.document.elements.map((element) => {
    const position = element.position ?? shown.places.get(element.id) ?? { x: 0, y: 0 };
    const selected = shown.chosen.has(element.id);
    const ariaLabel = shown.label(element);
    const known = old.get(element.id);
    if (known === undefined) {
      const size = guesses ? guess(element) : {};
      return { id: element.id, type: 'element', position, selected, data: { type: element.type }, ariaLabel, ...size };
    }
    const same =
      known.position.x === position.x &&
      known.position.y === position.y &&
      (known.selected ?? false) === selected &&
      known.ariaLabel === ariaLabel;
    return same ? known : { ...known, position, selected, ariaLabel };
  });
}

/**
 * Nodes after changes. A card that was measured needs no guess any more. Of many that are dragged only the one under the pointer is `dragging`: React Flow
 * draws those wherever they are.
 */
export function changed(before: Node[], changes: NodeChange[], grabbed: string | null): Node[] {
  const measured = new Set<string>();
  const calmed = changes.map((change) => {
    if (change.type === 'dimensions') measured.add(change.id);
    return change.type === 'position' && change.dragging && change.id !== grabbed
      ? { ...change, dragging: false }
      : change;
  });
  const nodes = applyNodeChanges(calmed, before);
  if (measured.size === 0) return nodes;
  return nodes.map((node) => {
    if (node.handles === undefined || !measured.has(node.id)) return node;
    const known = { ...node };
    delete known.handles;
    return known;
  });
}
