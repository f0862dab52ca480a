export const service = {
  'service.telegram': 'Telegram',
  'service.messenger': 'Messenger',
  'service.whatsapp': 'WhatsApp',
  'service.instagram': 'Instagram',
  'service.viber': 'Viber',
  'service.livechat': 'Web chat',
} as const;
