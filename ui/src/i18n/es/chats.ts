import type { chats as english } from '../en/chats';

type Words = Record<keyof typeof english, string>;

export const chats = {
  'chats.title': 'Chats',
  'chats.which': 'Qué chats',
  'chats.filter_open': 'Abiertos',
  'chats.filter_all': 'Todos',
  'chats.open': 'Chat abierto',
  'chats.closed': 'Chat cerrado',
  'chats.choose': 'Elige un chat',
  'chats.choose_text': 'Los mensajes nuevos aparecen aquí en cuanto se dicen.',
  'chats.empty_open': 'Ningún chat abierto',
  'chats.empty_open_text':
    'Un chat se abre cuando un flujo lo pasa, o cuando tú lo abres. Todos muestra cada conversación.',
  'chats.empty': 'Aún no hay conversaciones',
  'chats.empty_text': 'Quien escriba al bot aparece aquí.',
  'chats.unread_one': '{count} mensaje sin leer',
  'chats.unread_other': '{count} mensajes sin leer',
  'chats.sound_on': 'Activar el sonido',
  'chats.sound_off': 'Desactivar el sonido',
  'chats.conversation': 'Conversación',
  'chats.close': 'Cerrar el chat',
  'chats.reopen': 'Abrir el chat',
  'chats.pause': 'Pausar automatización',
  'chats.pause_for': 'El bot no dice nada por sí solo durante',
  'chats.until_closed': 'Hasta que se cierre el chat',
  'chats.paused': 'Automatización en pausa',
  'chats.paused_until': 'En pausa hasta {when}',
  'chats.until': 'hasta {when}',
  'chats.resume': 'Reanudar automatización',
  'chats.answer': 'Escribe una respuesta',
  'chats.send': 'Enviar',
  'chats.keys': 'Intro envía; Mayús e Intro empiezan otra línea.',
  'chats.pauses_one': 'Al enviar, la automatización se pausa {count} minuto.',
  'chats.pauses_other': 'Al enviar, la automatización se pausa {count} minutos.',
} satisfies Words;
