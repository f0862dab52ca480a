/**
 * Many cards that are dragged at once.
 *
 * All of them go the same way, so they are shifted in the page as they stand, with the connections among them, and nothing is drawn anew but the
 * connections that lead out of them. The canvas learns where they are when they are let go, when the hand rests, and now and then on a long way,
 * so that cards come into sight.
 */

import type { NodeChange, ReactFlowInstance } from '@xyflow/react';
import { createContext } from 'react';
import type { Position } from '../model/document';
import { FAR_ZOOM } from './looks';

/** Fewer are drawn in time. */
const MANY = 24;
/** How far on the screen cards are carried before others may have come into sight. */
const FAR = 240;
const REST_MS = 120;
/** Connections with both ends among the chosen cards. */
export const AMONG = 'among-chosen';
const CHOSEN = `.react-flow__node.selected, .${AMONG}, .react-flow__nodesselection-rect`;
const ALL = '.react-flow__nodes, .react-flow__edges, .react-flow__nodesselection-rect';
/** From far away no dots are seen that would come along: all can be one layer of the compositor. */
const ALL_FAR = '.react-flow__viewport, .react-flow__nodesselection';

export const NO_WAY: Position = { x: 0, y: 0 };

type Flow = Pick<ReactFlowInstance, 'getNode' | 'getNodes' | 'getZoom'>;

export class Carry {
  /** How far the chosen cards are from where the canvas knows them. */
  way = NO_WAY;
  private changes: NodeChange[] | null = null;
  private shifted: (HTMLElement | SVGElement)[] | null = null;
  private isLayer = false;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly flow: Flow,
    private readonly settle: (changes: NodeChange[]) => void,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Shows a move of many cards. If it is none, or if the canvas should learn of it, that is left to the canvas. */
  takes(changes: NodeChange[]): boolean {
    clearTimeout(this.rest);
    const began = this.changes !== null;
    const isMove = (change: NodeChange) => change.type === 'position' && change.dragging === true;
    this.changes = changes.length >= MANY && changes.every(isMove) ? changes : null;
    if (this.changes === null || !began) return false;
    this.shift();
    if (Math.hypot(this.way.x, this.way.y) * this.flow.getZoom() > FAR) return false;
    this.rest = setTimeout(() => this.settle(changes), REST_MS);
    return true;
  }

  /** The canvas has learned where the cards are; some may still be on their way from there. */
  learned(): void {
    if (this.shifted === null) return;
    this.shift();
    this.shifted = null;
  }

  private found(): (HTMLElement | SVGElement)[] {
    const isAll = this.changes?.length === this.flow.getNodes().length;
    this.isLayer = isAll && this.flow.getZoom() < FAR_ZOOM;
    return [...document.querySelectorAll<HTMLElement | SVGElement>(this.isLayer ? ALL_FAR : isAll ? ALL : CHOSEN)];
  }

  private shift(): void {
    const [first] = this.changes ?? [];
    const to = first?.type === 'position' ? first.position : undefined;
    const from = first?.type === 'position' ? this.flow.getNode(first.id)?.position : undefined;
    this.way = to === undefined || from === undefined ? NO_WAY : { x: to.x - from.x, y: to.y - from.y };
    this.shifted ??= this.found();
    for (const element of this.shifted) element.style.translate = this.translate();
    for (const listener of this.listeners) listener();
  }

  /** A layer goes by whole pixels of the screen: between them it would be painted anew. */
  private translate(): string {
    const { x, y } = this.way;
    if (x === 0 && y === 0) return '';
    if (!this.isLayer) return `${x}px ${y}px`;
    const zoom = this.flow.getZoom();
    return `${Math.round(x * zoom)}px ${Math.round(y * zoom)}px 1px`;
  }
}

export const CarryContext = createContext<Carry | null>(null);
