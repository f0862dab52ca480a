import type { system as english } from '../en/system';

type Words = Record<keyof typeof english, string>;

export const system = {
  'system.title': 'Sistema',
  'system.text': 'Cómo va esta instalación. Cifras de todas las cuentas juntas.',
  'system.address': 'Dirección',
  'system.public': 'Pública',
  'system.not_public': 'No es pública',
  'system.public_text':
    'Los servicios de mensajería pueden llamar a este servidor y los enlaces de los mensajes llevan aquí.',
  'system.no_https_text':
    'Los servicios de mensajería solo llaman a direcciones que empiezan por https://. Pon delante un proxy con certificado.',
  'system.private_text':
    'Configura public_url cuando se pueda llegar al servidor desde internet. Hasta entonces los bots de Telegram se consultan y los enlaces no se siguen.',
  'system.disk': 'Disco',
  'system.free': '{free} libres',
  'system.disk_good': 'Hay espacio',
  'system.disk_wait': 'Se va llenando',
  'system.disk_bad': 'Casi lleno',
  'system.disk_idle': 'No se sabe',
  'system.disk_text': 'La base de datos ocupa {database}. El registro guarda {days} días.',
  'system.disk_advice':
    'La base de datos ocupa {database}. Haz sitio, o guarda menos de {days} días de registro (retention_days): con el disco lleno se rechazan los mensajes nuevos hasta que haya espacio.',
  'system.deliveries': 'Entregas',
  'system.on_time': 'A tiempo',
  'system.late': 'Algunas se retrasan',
  'system.oldest': 'La más antigua es de',
  'system.late_text': 'Su receptor falla o va lento: mira las entregas de cada bot.',
  'system.none_pending': 'No hay nada en espera.',
  'system.queue': 'Mensajes por enviar',
  'system.queue_text': 'Esperan el ritmo de su servicio, o a que un bot se conecte de nuevo.',
  'system.timers': 'Temporizadores',
  'system.timers_text': 'Pausas, límites de preguntas y disparadores con retraso en marcha.',
  'system.version': 'Versión',
  'system.started': 'En marcha desde',
} satisfies Words;
