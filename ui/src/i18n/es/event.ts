import type { event as english } from '../en/event';

type Words = Record<keyof typeof english, string>;

export const event = {
  'event.new_subscriber': 'Suscripción al bot',
  'event.incoming_message': 'Mensajes entrantes',
  'event.outgoing_message': 'Mensajes salientes',
  'event.open_chat': 'Chat en vivo abierto',
  'event.run_custom_flow': 'Flujo iniciado por un disparador tuyo',
  'event.link_click': 'Redirección',
  'event.unsubscribe': 'Baja del bot',
  'event.bot_block': 'Bot bloqueado',
  'event.failed_delivery': 'Entrega de un mensaje fallida',
  'event.flow_webhook': 'Webhook de flujo',
  'event.about_new_subscriber': 'alguien empieza o vuelve',
  'event.about_incoming_message': 'alguien escribe o envía un archivo',
  'event.about_outgoing_message': 'el bot o un agente ha dicho algo',
  'event.about_open_chat': 'el bot pasa la conversación a una persona',
  'event.about_run_custom_flow': 'una palabra clave, enlace, llamada API, espera o inactividad inició un flujo',
  'event.about_link_click': 'alguien sigue un enlace de un mensaje; necesita el seguimiento de enlaces',
  'event.about_unsubscribe': 'alguien ya no quiere mensajes',
  'event.about_bot_block': 'alguien bloqueó el bot en el mensajero',
  'event.about_failed_delivery': 'el mensajero rechazó un mensaje definitivamente',
} satisfies Words;
