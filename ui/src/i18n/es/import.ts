import type { importing as english } from '../en/import';

type Words = Record<keyof typeof english, string>;

export const importing = {
  'import.open': 'Importar CSV',
  'import.title': 'Importar contactos',
  'import.text':
    'Una tabla CSV, como la que da «Descargar CSV». La primera línea nombra las columnas; las celdas vacías no cambian nada. No se envía ningún evento ni empieza ningún flujo.',
  'import.identity_telegram':
    'El identificador de Telegram de la persona: es necesario. Telegram solo deja escribir a quien antes escribió al bot.',
  'import.identity_livechat':
    'El identificador del visitante en este chat: es necesario. Solo puede haber visitantes que hayan abierto el chat.',
  'import.columns': 'Columnas',
  'import.profile': 'El perfil.',
  'import.tags': 'Separadas por comas. Se añaden a las que tiene el contacto.',
  'import.status':
    'active, unsubscribed, blocked o disabled, para contactos nuevos. Los conocidos conservan su estado.',
  'import.variables': 'Las variables de los contactos.',
  'import.file': 'Archivo',
  'import.choose': 'Elige un archivo CSV',
  'import.start': 'Importar',
  'import.created_one': '{count} contacto nuevo',
  'import.created_other': '{count} contactos nuevos',
  'import.updated_one': '{count} contacto conocido actualizado',
  'import.updated_other': '{count} contactos conocidos actualizados',
  'import.refused_one': '{count} fila no se importó',
  'import.refused_other': '{count} filas no se importaron',
  'import.line': 'Línea',
  'import.column': 'Columna',
  'import.mistake': 'Qué está mal',
  'import.more_one': 'Y {count} fila más.',
  'import.more_other': 'Y {count} filas más.',
} satisfies Words;
