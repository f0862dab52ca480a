import type { sessions as english } from '../en/sessions';

type Words = Record<keyof typeof english, string>;

export const sessions = {
  'sessions.title': 'Navegadores con sesión',
  'sessions.this': 'este',
  'sessions.since': 'Sesión iniciada',
  'sessions.until': 'termina el {when} si no se usa',
  'sessions.end': 'Cerrar sesión',
  'sessions.ended': 'Se ha cerrado la sesión del navegador.',
  'sessions.end_others': 'Cerrar las demás sesiones',
  'sessions.others_ended': 'Se han cerrado las demás sesiones.',
  'sessions.unknown': 'Un navegador',
} satisfies Words;
