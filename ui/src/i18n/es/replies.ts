import type { replies as english } from '../en/replies';

type Words = Record<keyof typeof english, string>;

export const replies = {
  'replies.title': 'Respuestas guardadas',
  'replies.search': 'Buscar respuestas',
  'replies.empty': 'Aún no hay respuestas guardadas. Guarda lo que escribes a menudo.',
  'replies.none_found': 'Ninguna respuesta tiene estas palabras.',
  'replies.save_this': 'Guardar este texto como respuesta',
  'replies.manage': 'Gestionar las respuestas',
  'replies.new': 'Nueva respuesta',
  'replies.change': 'Cambiar la respuesta',
  'replies.name_text': 'Corto, para encontrarla. Escribe / en una respuesta vacía para buscar.',
  'replies.text': 'Texto',
  'replies.text_text': '{placeholder} y los nombres de variables se completan al elegirla.',
} satisfies Words;
