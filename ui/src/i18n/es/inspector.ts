import type { inspector as english } from '../en/inspector';

type Words = Record<keyof typeof english, string>;

export const inspector = {
  'inspector.title': 'Inspector',
  'inspector.text':
    'Un receptor de esta instalación: apunta un webhook a su URL y mira aquí lo que llega. Guarda las últimas 500 peticiones.',
  'inspector.url': 'Su URL',
  'inspector.clear': 'Olvidar todo',
  'inspector.clear_title': '¿Olvidar lo recibido?',
  'inspector.clear_text': 'Las peticiones se eliminan aquí. Las entregas y su registro se quedan.',
  'inspector.cleared': 'El inspector está vacío.',
  'inspector.empty': 'Aún no ha llegado nada',
  'inspector.empty_text': 'Copia la URL de arriba en un webhook y usa Enviar prueba, o escribe a tu bot.',
  'inspector.missing': 'Esta instalación no tiene inspector',
  'inspector.missing_text': 'Se puede activar en la configuración del servidor.',
  'inspector.request': 'Petición {number}',
} satisfies Words;
