import type { problem as english } from '../en/problem';

type Words = Record<keyof typeof english, string>;

export const problem = {
  'problem.unknown':
    'Algo ha fallado en esta página. Recárgala; si vuelve a ocurrir, avisa a quien administra este servidor.',
  'problem.unreachable':
    'No se puede llegar al servidor. Comprueba tu conexión y que Recado esté en marcha, e inténtalo de nuevo.',
  'problem.unauthorized': 'Tu sesión ha terminado. Inicia sesión de nuevo para continuar.',
  'problem.wrong_credentials': 'El correo o la contraseña no son correctos. Revísalos e inténtalo de nuevo.',
  'problem.already_set_up': 'Esta instalación ya tiene propietario. Inicia sesión.',
  'problem.not_found': 'Ya no existe. Vuelve atrás y actualiza la lista.',
  'problem.conflict': 'No es posible en el estado actual.',
  'problem.exists': 'Ya existe uno. Elige otro nombre.',
  'problem.not_a_flow': 'Este archivo no es un flujo.',
  'problem.automation_paused': 'La automatización está en pausa para este contacto. Reanúdala primero.',
  'problem.contact_not_active': 'El contacto canceló la suscripción o bloqueó el bot, así que no se le puede escribir.',
  'problem.flow_not_running':
    'El flujo está desactivado, nunca se publicó o ninguno de sus disparadores de evento está activo ahora. Publícalo y actívalos primero.',
  'problem.draft_changed': 'Alguien más ha cambiado el borrador. Recárgalo antes de continuar.',
  'problem.body_too_long': 'Es demasiado grande para enviarlo.',
  'problem.invalid_fields': 'Algunos campos necesitan otro valor.',
  'problem.flow_has_problems': 'El flujo aún no se puede publicar: su borrador tiene problemas.',
  'problem.limit_reached': 'Se superaría un límite.',
  'problem.too_many_requests': 'Demasiados intentos. Espera {seconds} s e inténtalo de nuevo.',
  'problem.messenger_unreachable': 'Ahora no se puede contactar con Telegram. Inténtalo de nuevo en un momento.',
  'problem.busy': 'El servidor está ocupado. No se ha cambiado nada; inténtalo en un momento.',
  'problem.server':
    'El servidor ha fallado. No es culpa tuya; inténtalo de nuevo y, si persiste, mira el registro del servidor.',
  'problem.refused': 'El servidor lo ha rechazado.',
  'problem.not_json': 'El servidor no ha podido leer lo enviado.',
  'problem.signed_out': 'Tu sesión ha terminado. Inicia sesión de nuevo para continuar.',
  'problem.no_session': 'Este chat ha terminado. Ábrelo de nuevo.',
  'problem.wrong_secret': 'El servicio de mensajería no ha mostrado el secreto correcto.',
  'problem.csrf': 'Esta página es anterior a tu sesión. Recárgala e inténtalo de nuevo.',
  'problem.not_the_operator': 'Solo puede verlo la cuenta que administra este servidor.',
  'problem.link_expired': 'Este enlace ha caducado. Abre el chat de nuevo para obtener otro.',
  'problem.method_not_allowed': 'El servidor no admite esta llamada. Recarga la página.',
  'problem.body_too_slow': 'El envío ha tardado demasiado. Comprueba tu conexión e inténtalo de nuevo.',
  'problem.duplicate': 'Ya se había recibido y no se hace dos veces.',
  'problem.no_connection_needed': 'Un chat web no necesita conexión: ya funciona.',
  'problem.system_flow': 'Un disparador del sistema inicia este flujo. Asígnale antes otro flujo.',
  'problem.flow_in_use': 'Otro flujo publicado inicia este. Cambia antes ese flujo.',
  'problem.webhook_in_use':
    'Un flujo publicado envía a este webhook. Publícalo antes sin ese envío, o pausa el webhook.',
  'problem.secret_lost':
    'Los secretos de este webhook no se pueden abrir con la clave de este servidor. Haz que vuelva, o rota antes el secreto.',
  'problem.in_use': 'Hay flujos o segmentos que la usan.',
  'problem.not_on': 'El webhook está en pausa o desactivado. Reanúdalo o actívalo primero.',
  'problem.not_paused': 'El webhook ya está activo.',
  'problem.too_many_keys': 'Varios secretos anteriores aún firman. Rota sin un tiempo en el que ambos sean válidos.',
  'problem.too_many_bots': 'La cuenta tiene tantos bots como puede tener. Elimina uno primero.',
  'problem.too_many_flows': 'El bot tiene tantos flujos como puede tener. Elimina uno primero.',
  'problem.too_many_triggers': 'El bot tiene tantos disparadores como puede tener. Elimina uno primero.',
  'problem.too_many_webhooks': 'El bot tiene tantos webhooks como puede tener. Elimina uno primero.',
  'problem.too_many_tokens': 'Hay tantos tokens como puede haber. Revoca uno primero.',
  'problem.idempotency_key_in_use': 'Ya se está haciendo. Espera un momento.',
  'problem.etag_unknown': 'Esta página está desactualizada. Recárgala antes de continuar.',
  'problem.file_too_long': 'El archivo es demasiado grande para traerlo del servicio de mensajería.',
  'problem.wrong_content_type': 'El servidor no ha podido leer lo enviado.',
  'problem.idempotency_key_reused': 'No coincide con lo que se envió primero. Recarga la página e inténtalo de nuevo.',
  'problem.if_match_needed': 'Esta página está desactualizada. Recárgala antes de continuar.',
  'problem.internal':
    'El servidor ha fallado. No es culpa tuya; inténtalo de nuevo y, si persiste, mira el registro del servidor.',
  'problem.unavailable':
    'El servidor no puede guardar nada ahora, o el bot está desactivado. No se ha cambiado nada; inténtalo en un momento.',
  'problem.no_metrics': 'No hay métricas de este servidor.',
  'problem.contact_quota': 'De este contacto ya se guardan tantos archivos como se puede.',
  'problem.quota': 'El bot no tiene sitio para más archivos. Elimina algunos primero.',
  'problem.account_quota': 'La cuenta no tiene sitio para más archivos.',
} satisfies Words;
