/** What is not saved yet is kept in the browser too, so that a closed tab or a crash loses nothing. */

import type { FlowDocument } from './model/document';

interface Backup {
  revision: number;
  document: FlowDocument;
}

const keyOf = (flowId: string) => `recado.draft.${flowId}`;

export function keepBackup(flowId: string, backup: Backup): void {
  try {
    localStorage.setItem(keyOf(flowId), JSON.stringify(backup));
  } catch {
    // No room or not allowed: the page still warns before it is closed.
  }
}

export function dropBackup(flowId: string): void {
  try {
    localStorage.removeItem(keyOf(flowId));
  } catch {
    // Nothing was kept then.
  }
}

export function readBackup(flowId: string): Backup | null {
  try {
    const kept = JSON.parse(localStorage.getItem(keyOf(flowId)) ?? 'null') as Backup | null;
    return kept !== null && typeof kept.revision === 'number' && Array.isArray(kept.document?.elements) ? kept : null;
  } catch {
    return null;
  }
}
