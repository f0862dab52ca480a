import type { flows as english } from '../en/flows';

type Words = Record<keyof typeof english, string>;

export const flows = {
  'flows.title': 'Flujos',
  'flows.text': 'Un flujo es lo que el bot dice y hace, dibujado. Un disparador lo inicia.',
  'flows.new': 'Nuevo flujo',
  'flows.create': 'Crear y dibujar',
  'flows.import': 'Importar',
  'flows.imported': 'El flujo se ha importado.',
  'flows.not_json': '{file} no es un flujo exportado desde aquí.',
  'flows.name': 'Nombre',
  'flows.state': 'Estado',
  'flows.updated': 'Modificado',
  'flows.empty': 'Aún no hay flujos',
  'flows.empty_text':
    'Empieza con un flujo en blanco, o con uno listo y hazlo tuyo. O importa uno exportado de otro bot.',
  'flows.begin_with': 'Empezar con',
  'flows.blank': 'Un flujo en blanco',
  'flows.blank_text': 'Dibújalo tú, elemento a elemento.',
  'flows.elements_one': '{count} elemento',
  'flows.elements_other': '{count} elementos',
  'flows.begins': 'Suele iniciarse {how}.',
  'flows.make_it_yours': 'Sus textos son ejemplos: hazlos tuyos y publica.',
  'flows.placeholders': 'Sus direcciones son provisionales: el panel de problemas te lleva a cada una.',
  'flows.never_published': 'Borrador',
  'flows.has_changes': 'Publicado, borrador modificado',
  'flows.published': 'Publicado',
  'flows.switch': '{name}: activado o desactivado',
  'flows.copy_of': '{name} (copia)',
  'flows.duplicate': 'Duplicar',
  'flows.duplicated': 'El flujo se ha duplicado. La copia es un borrador.',
  'flows.export': 'Exportar',
  'flows.deleted': 'El flujo se ha eliminado.',
  'flows.delete_title': '¿Eliminar este flujo?',
  'flows.delete_text': '«{name}» se elimina con su borrador y sus versiones. No se puede deshacer.',
} satisfies Words;
