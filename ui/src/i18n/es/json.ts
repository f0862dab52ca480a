import type { json as english } from '../en/json';

type Words = Record<keyof typeof english, string>;

export const json = {
  'json.fold': 'Plegar',
  'json.unfold': 'Desplegar',
  'json.copy': 'Copiar el cuerpo',
  'json.empty': 'vacío',
  'json.no_headers': 'Sin cabeceras',
} satisfies Words;
