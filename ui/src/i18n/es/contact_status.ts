import type { contact_status as english } from '../en/contact_status';

type Words = Record<keyof typeof english, string>;

export const contact_status = {
  'contact_status.active': 'Activo',
  'contact_status.unsubscribed': 'De baja',
  'contact_status.blocked': 'Bloqueado',
  'contact_status.disabled': 'Desactivado',
} satisfies Words;
