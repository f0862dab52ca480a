import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { opened, type FlowDocument } from '../document';

const ROOT = join(process.cwd(), '..');

const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as unknown;

/** The demo's flow; its ids that are filled in at the start are made whole. */
export function demoFlow(): FlowDocument {
  const text = JSON.stringify(read('crates/server/src/demo/booking.json'))
    .replaceAll('VENUE_FLOW_ID', '01a2156d-5172-7ce6-abaa-8e4cb65c0356')
    .replaceAll('INSPECTOR_URL', 'https://example.org/inspector');
  return opened(JSON.parse(text));
}

export const venueFlow = (): FlowDocument => opened(read('crates/server/src/demo/venue.json'));

export const emptyFlow = (): FlowDocument => ({ version: 1, name: 'Empty', start: 'start', elements: [], edges: [] });

/** The JSON and the documents of the docs that hold a flow, as far as they are written as JSON. */
export function* documentsIn(markdown: string): Generator<unknown> {
  for (const [, body] of markdown.matchAll(/```json\n([\s\S]*?)```/g)) {
    if (body === undefined) continue;
    try {
      const parsed = JSON.parse(body) as { elements?: unknown };
      if (Array.isArray(parsed.elements)) yield parsed;
    } catch {
      // An example that is no whole JSON is not for us.
    }
  }
}
