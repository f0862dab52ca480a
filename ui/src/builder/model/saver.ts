/**
 * Saves a draft by itself, a moment after each change, one save at a time, and never over somebody else's. Guarantee: what was typed is in the
 * present document until the server has it; a failed save is tried again, a conflict waits for a person.
 */

import type { FlowDocument } from './document';

export const WAIT_MS = 700;
export const RETRY_MS = [2_000, 5_000, 10_000, 30_000] as const;

export type SaveState =
  | { is: 'saved' }
  | { is: 'unsaved' }
  | { is: 'saving' }
  /** The server could not be reached, or did not take it. `again` tells whether it will be tried by itself. */
  | { is: 'failed'; error: unknown; again: boolean }
  | { is: 'conflict' };

export type SaveAnswer =
  | { is: 'saved'; revision: number }
  | { is: 'conflict' }
  | { is: 'refused'; error: unknown }
  | { is: 'unreachable'; error: unknown };

export interface SaverParts {
  save: (document: FlowDocument, revision: number) => Promise<SaveAnswer>;
  onState: (state: SaveState) => void;
  onSaved: (document: FlowDocument, revision: number) => void;
  setTimer?: (run: () => void, ms: number) => unknown;
  clearTimer?: (timer: unknown) => void;
}

export class Saver {
  private wanted: FlowDocument;
  private onServer: FlowDocument;
  private revision: number;
  private timer: unknown = null;
  private running: Promise<void> | null = null;
  private failures = 0;
  private state: SaveState = { is: 'saved' };
  private stopped = false;

  constructor(
    private readonly parts: SaverParts,
    document: FlowDocument,
    revision: number,
  ) {
    this.wanted = document;
    this.onServer = document;
    this.revision = revision;
  }

  get current(): SaveState {
    return this.state;
  }

  get draftRevision(): number {
    return this.revision;
  }

  get isSaved(): boolean {
    return this.wanted === this.onServer;
  }

  /** The document is this now. */
  changed(document: FlowDocument): void {
    if (document === this.wanted) return;
    this.wanted = document;
    if (this.state.is === 'conflict') return;
    if (this.isSaved && this.running === null) {
      this.clear();
      this.tell({ is: 'saved' });
      return;
    }
    this.failures = 0;
    if (this.running === null) this.tell({ is: 'unsaved' });
    this.later(WAIT_MS);
  }

  /** Saves at once; done when the server has all of it, or when it can not be saved now. */
  async flush(): Promise<boolean> {
    for (;;) {
      this.clear();
      if (this.running !== null) {
        await this.running;
        continue;
      }
      if (this.isSaved) return true;
      if (this.state.is === 'conflict') return false;
      await this.save();
      if (!this.isSaved && this.state.is !== 'unsaved' && this.state.is !== 'saving') return false;
    }
  }

  /** Ends a conflict: `document` is what the server has by now. What we hold is saved over it, or is the same already. */
  settle(document: FlowDocument, revision: number, keep: FlowDocument): void {
    this.onServer = document;
    this.revision = revision;
    this.wanted = keep;
    this.failures = 0;
    this.clear();
    this.tell(this.isSaved ? { is: 'saved' } : { is: 'unsaved' });
    if (!this.isSaved) this.later(0);
  }

  stop(): void {
    this.stopped = true;
    this.clear();
  }

  private async save(): Promise<void> {
    this.running = this.saveOnce();
    await this.running;
  }

  private async saveOnce(): Promise<void> {
    const sent = this.wanted;
    this.tell({ is: 'saving' });
    let answer: SaveAnswer;
    try {
      answer = await this.parts.save(sent, this.revision);
    } catch (error) {
      answer = { is: 'unreachable', error };
    }
    this.running = null;
    switch (answer.is) {
      case 'saved':
        this.failures = 0;
        this.onServer = sent;
        this.revision = answer.revision;
        this.parts.onSaved(sent, answer.revision);
        this.tell(this.isSaved ? { is: 'saved' } : { is: 'unsaved' });
        if (!this.isSaved) this.later(WAIT_MS);
        return;
      case 'conflict':
        this.clear();
        this.tell({ is: 'conflict' });
        return;
      case 'refused':
        this.tell({ is: 'failed', error: answer.error, again: false });
        if (sent !== this.wanted) this.later(WAIT_MS);
        return;
      case 'unreachable': {
        const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? WAIT_MS;
        this.failures += 1;
        this.tell({ is: 'failed', error: answer.error, again: true });
        this.later(wait);
      }
    }
  }

  private later(ms: number): void {
    this.clear();
    if (this.stopped) return;
    const setTimer = this.parts.setTimer ?? ((run, wait) => setTimeout(run, wait));
    this.timer = setTimer(() => {
      this.timer = null;
      if (this.running === null && !this.isSaved && this.state.is !== 'conflict') void this.save();
      else if (this.running !== null) this.later(WAIT_MS);
    }, ms);
  }

  private clear(): void {
    if (this.timer === null) return;
    (this.parts.clearTimer ?? ((timer) => clearTimeout(timer as ReturnType<typeof setTimeout>)))(this.timer);
    this.timer = null;
  }

  private tell(state: SaveState): void {
    this.state = state;
    this.parts.onState(state);
  }
}
