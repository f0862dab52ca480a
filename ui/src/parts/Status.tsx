import type { ReactNode } from 'react';

export type Tone = 'good' | 'bad' | 'wait' | 'idle';

/** A state in one word, with a dot in its colour. */
export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="status" style={{ '--status': `var(--recado-${tone})` } as React.CSSProperties}>
      {children}
    </span>
  );
}
