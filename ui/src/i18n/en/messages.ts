export const messages = {
  'messages.bot': 'Bot',
  'messages.whole': 'Show all',
  'messages.image': 'Picture',
  'messages.video': 'Video',
  'messages.audio': 'Audio',
  'messages.file': 'File',
  'messages.queued': 'queued',
  'messages.sent': 'sent',
  'messages.delivered': 'delivered',
  'messages.read': 'read',
  'messages.failed': 'failed',
  'messages.cancelled': 'cancelled',
} as const;
