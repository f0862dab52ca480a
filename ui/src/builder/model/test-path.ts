/** The way of a test chat through the flow: which elements it passed, by which outputs, and where it stands. */

import type { Edge } from './document';

export interface TestPath {
  elements: ReadonlySet<string>;
  /** `element output` of each output that was taken. */
  outputs: ReadonlySet<string>;
  /** Where it waits, or what it passed last. */
  at: string | null;
}

export const NO_PATH: TestPath = { elements: new Set(), outputs: new Set(), at: null };

export interface PassedElement {
  element: string;
  output: string | null;
}

export function follow(path: TestPath, passed: readonly PassedElement[], waitsAt: string | null): TestPath {
  if (passed.length === 0 && waitsAt === path.at) return path;
  const elements = new Set(path.elements);
  const outputs = new Set(path.outputs);
  for (const step of passed) {
    elements.add(step.element);
    if (step.output !== null) outputs.add(outputKey(step.element, step.output));
  }
  if (waitsAt !== null) elements.add(waitsAt);
  return { elements, outputs, at: waitsAt ?? passed.at(-1)?.element ?? path.at };
}

export function outputKey(element: string, output: string): string {
  return `${element} ${output}`;
}

export function isOnPath(path: TestPath, edge: Edge): boolean {
  return path.outputs.has(outputKey(edge.from, edge.output)) && path.elements.has(edge.to);
}
