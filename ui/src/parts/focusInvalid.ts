import { useEffect } from 'react';

/** After a form was refused, leads to its first wrong field, which may be out of sight. */
export function useFocusInvalid(error: unknown) {
  useEffect(() => {
    if (!error) return;
    const field = document.querySelector<HTMLElement>('form [aria-invalid="true"]');
    field?.focus({ preventScroll: true });
    field?.scrollIntoView({ block: 'center' });
  }, [error]);
}
