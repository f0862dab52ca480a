import type { shell as english } from '../en/shell';

type Words = Record<keyof typeof english, string>;

export const shell = {
  'shell.skip': 'Saltar al contenido',
  'shell.menu': 'Menú',
  'shell.bots': 'Bots',
  'shell.system': 'Sistema',
  'shell.account': 'Cuenta',
  'shell.inspector': 'Inspector',
  'shell.flows': 'Flujos',
  'shell.triggers': 'Disparadores',
  'shell.audience': 'Audiencia',
  'shell.chats': 'Chats',
  'shell.deliveries': 'Entregas',
  'shell.settings': 'Ajustes',
  'shell.sign_out': 'Cerrar sesión',
  'shell.language': 'Idioma',
  'shell.theme': 'Apariencia',
  'shell.theme_light': 'Claro',
  'shell.theme_dark': 'Oscuro',
  'shell.theme_auto': 'Como el sistema',
  'shell.all_bots': 'Todos los bots',
  'shell.navigation': 'Navegación',
  'shell.api_docs': 'API',
} satisfies Words;
