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
  'problem.flow_not_running': 'El flujo está desactivado o nunca se publicó. Publícalo y actívalo primero.',
  'problem.draft_changed': 'Alguien más ha cambiado el borrador. Recárgalo antes de continuar.',
  'problem.body_too_long': 'Es demasiado grande: se puede enviar 1 MiB como máximo.',
  'problem.invalid_fields': 'Algunos campos necesitan otro valor.',
  'problem.flow_has_problems': 'El flujo aún no se puede publicar: su borrador tiene problemas.',
  'problem.limit_reached': 'Se superaría un límite.',
  'problem.too_many_requests': 'Demasiados intentos. Espera {seconds} s e inténtalo de nuevo.',
  'problem.messenger_unreachable': 'Ahora no se puede contactar con Telegram. Inténtalo de nuevo en un momento.',
  'problem.busy': 'El servidor está ocupado. No se ha cambiado nada; inténtalo en un momento.',
  'problem.server':
    'El servidor ha fallado. No es culpa tuya; inténtalo de nuevo y, si persiste, mira el registro del servidor.',
  'problem.refused': 'El servidor lo ha rechazado.',
} satisfies Words;
