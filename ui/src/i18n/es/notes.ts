import type { notes as english } from '../en/notes';

type Words = Record<keyof typeof english, string>;

export const notes = {
  'notes.title': 'Notas',
  'notes.text': 'Solo para tu equipo. El contacto nunca las ve.',
  'notes.count_one': '{count} nota',
  'notes.count_other': '{count} notas',
  'notes.write': 'Escribe una nota',
  'notes.add': 'Añadir la nota',
  'notes.edit': 'Editar la nota',
  'notes.delete': 'Eliminar la nota',
  'notes.program': 'Un programa',
} satisfies Words;
