import type { service as english } from '../en/service';

type Words = Record<keyof typeof english, string>;

export const service = {
  'service.telegram': 'Telegram',
  'service.messenger': 'Messenger',
  'service.whatsapp': 'WhatsApp',
  'service.instagram': 'Instagram',
  'service.viber': 'Viber',
  'service.livechat': 'Chat web',
} satisfies Words;
