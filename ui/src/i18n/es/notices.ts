import type { notices as english } from '../en/notices';

type Words = Record<keyof typeof english, string>;

export const notices = {
  'notices.title': 'Notificaciones',
  'notices.unread_one': '{count} notificación sin leer',
  'notices.unread_other': '{count} notificaciones sin leer',
  'notices.empty': 'Nada nuevo. Los flujos escriben aquí con la acción «Notificar».',
  'notices.to_chat': 'Abrir el chat',
  'notices.read': 'Leída',
} satisfies Words;
