import type { form as english } from '../en/form';

type Words = Record<keyof typeof english, string>;

export const form = {
  'form.needed': 'Este dato es necesario.',
  'form.email': 'No es una dirección de correo.',
  'form.url': 'Debe empezar por https:// o http://.',
  'form.too_short': 'Se necesitan al menos {count} caracteres.',
  'form.too_long': 'Caben {count} caracteres como máximo.',
} satisfies Words;
