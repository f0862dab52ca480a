import type { segments as english } from '../en/segments';

type Words = Record<keyof typeof english, string>;

export const segments = {
  'segments.title': 'Segmentos',
  'segments.everybody': 'Todos',
  'segments.save': 'Guardar como segmento',
  'segments.name_text': 'Estos filtros se guardan con este nombre.',
  'segments.actions': 'Segmento {name}',
  'segments.delete_title': '¿Eliminar este segmento?',
  'segments.delete_text': '«{name}» es un nombre para unos filtros. Sus contactos se quedan.',
  'segments.download': 'Descargar CSV',
  'segments.chat_open': 'Chat abierto',
} satisfies Words;
