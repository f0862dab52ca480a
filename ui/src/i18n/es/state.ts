import type { state as english } from '../en/state';

type Words = Record<keyof typeof english, string>;

export const state = {
  'state.loading': 'Cargando',
  'state.try_again': 'Intentar de nuevo',
  'state.no_page': 'Esta página no existe',
  'state.no_page_text': 'El enlace puede ser antiguo, o lo que mostraba se ha eliminado.',
  'state.to_bots': 'Ir a tus bots',
  'state.live': 'En directo',
  'state.reconnecting': 'Reconectando…',
  'state.none': 'Ninguno',
  'state.yes': 'Sí',
  'state.no': 'No',
  'state.on': 'Activado',
  'state.off': 'Desactivado',
} satisfies Words;
