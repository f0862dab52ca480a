import type { account as english } from '../en/account';

type Words = Record<keyof typeof english, string>;

export const account = {
  'account.title': 'Cuenta',
  'account.general': 'General',
  'account.name': 'Nombre de la cuenta',
  'account.time_zone': 'Zona horaria',
  'account.time_zone_text': 'Para los flujos que leen la hora en la zona de la cuenta.',
  'account.you': 'Tú',
  'account.language': 'Idioma de esta aplicación',
  'account.password': 'Contraseña',
  'account.password_text': 'Al cambiarla se cierra la sesión en tus otros navegadores.',
  'account.password_current': 'Contraseña actual',
  'account.password_new': 'Contraseña nueva',
  'account.password_change': 'Cambiar la contraseña',
  'account.password_changed': 'La contraseña se ha cambiado.',
  'account.password_wrong': 'Esta no es tu contraseña actual.',
  'account.tokens': 'Tokens de API',
  'account.tokens_text':
    'Un token puede hacer todo en esta cuenta. Da a cada programa el suyo, para poder revocar solo uno.',
  'account.new_token': 'Nuevo token',
  'account.token_name': '¿Para qué es?',
  'account.token_name_placeholder': 'Sincronización con el CRM',
  'account.token_shown': 'Copia el token ahora',
  'account.token_shown_text': 'Se muestra solo esta vez y se guarda cifrado. Si se pierde, elimínalo y crea otro.',
  'account.token_current': 'en uso ahora',
  'account.token_done': 'Ya lo he copiado',
  'account.token_created': 'Creado',
  'account.token_delete_title': '¿Eliminar este token?',
  'account.token_delete_text': 'Los programas que usan «{name}» se rechazan al momento.',
  'account.token_deleted': 'El token se ha eliminado.',
  'account.tokens_empty': 'Aún no hay tokens.',
  'account.version': 'Recado {version}',
  'account.api': 'Referencia de la API',
} satisfies Words;
