import type { messages as english } from '../en/messages';

type Words = Record<keyof typeof english, string>;

export const messages = {
  'messages.bot': 'Bot',
  'messages.whole': 'Mostrar todo',
  'messages.image': 'Imagen',
  'messages.video': 'Vídeo',
  'messages.audio': 'Audio',
  'messages.file': 'Archivo',
  'messages.queued': 'en cola',
  'messages.sent': 'enviado',
  'messages.delivered': 'entregado',
  'messages.read': 'leído',
  'messages.failed': 'fallido',
  'messages.cancelled': 'cancelado',
} satisfies Words;
