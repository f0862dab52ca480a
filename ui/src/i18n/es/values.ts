import type { values as english } from '../en/values';

type Words = Record<keyof typeof english, string>;

export const values = {
  'values.text': 'Texto',
  'values.number': 'Número',
  'values.boolean': 'Sí o no',
  'values.date': 'Fecha',
  'values.date_time': 'Fecha y hora',
  'values.time': 'Hora',
  'values.phone': 'Teléfono',
  'values.email': 'Correo',
  'values.url': 'URL',
  'values.location': 'Ubicación',
  'values.list': 'Lista',
  'values.object': 'Objeto',
  'values.bad_number': 'No es un número.',
  'values.bad_boolean': 'Elige sí o no.',
  'values.bad_list': 'No es una lista JSON, como [1, 2].',
  'values.bad_object': 'No es un objeto JSON, como {"a": 1}.',
  'values.bad_location': 'No es un objeto JSON con latitud y longitud.',
} satisfies Words;
