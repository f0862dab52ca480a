import { useStoreApi, useUpdateNodeInternals } from '@xyflow/react';
import { useEffect } from 'react';

/** The cards of each canvas whose outputs changed in this frame. */
const waiting = new WeakMap<object, Set<string>>();

/** Has the handles of a card measured again when its outputs change: those of all cards at once, since each call makes everything on the canvas look. */
export function useShape(id: string, shape: string) {
  const store = useStoreApi();
  const update = useUpdateNodeInternals();
  useEffect(() => {
    const known = waiting.get(store);
    if (known !== undefined) {
      known.add(id);
      return;
    }
    const ids = new Set([id]);
    waiting.set(store, ids);
    requestAnimationFrame(() => {
      waiting.delete(store);
      update([...ids]);
    });
  }, [id, shape, store, update]);
}
