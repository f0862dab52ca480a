import type { deeds as english } from '../en/deeds';

type Words = Record<keyof typeof english, string>;

export const deeds = {
  'do.copy': 'Copiar',
  'do.copied': 'Copiado',
  'do.cancel': 'Cancelar',
  'do.close': 'Cerrar',
  'do.save': 'Guardar',
  'do.saved': 'Guardado',
  'do.delete': 'Eliminar',
  'do.edit': 'Editar',
  'do.create': 'Crear',
  'do.add': 'Añadir',
  'do.remove': 'Quitar',
  'do.rename': 'Renombrar',
  'do.load_more': 'Cargar más',
  'do.refresh': 'Actualizar',
  'do.back': 'Atrás',
  'do.next': 'Continuar',
  'do.more': 'Más',
  'do.less': 'Menos',
  'do.open_menu': 'Acciones',
  'do.clear_filters': 'Quitar filtros',
} satisfies Words;
