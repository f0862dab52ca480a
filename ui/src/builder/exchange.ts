/** A flow as a file, out and in. */

import { opened, type FlowDocument } from './model/document';

export function download(name: string, content: unknown): void {
  const blob = new Blob([`${JSON.stringify(content, null, 2)}\n`], { type: 'application/json' });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name.replaceAll(/[^\p{L}\p{N} _-]+/gu, '_').trim() || 'flow'}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The document of a file: an export of ours, or a document alone. `null` when it is neither. */
export function documentOf(text: string): FlowDocument | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const candidates = [
    parsed,
    (parsed as { document?: unknown } | null)?.document,
    (parsed as { draft?: unknown } | null)?.draft,
  ];
  for (const candidate of candidates) {
    if (typeof candidate !== 'object' || candidate === null) continue;
    const { version, start, elements } = candidate as Partial<FlowDocument>;
    if (
      typeof version === 'number' &&
      typeof start === 'string' &&
      (elements === undefined || Array.isArray(elements))
    ) {
      return opened(candidate);
    }
  }
  return null;
}
