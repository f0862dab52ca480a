export const notices = {
  'notices.title': 'Notifications',
  'notices.unread_one': '{count} unread notification',
  'notices.unread_other': '{count} unread notifications',
  'notices.empty': 'Nothing new. Flows write here with the action “Notify”.',
  'notices.to_chat': 'Open the chat',
  'notices.read': 'Read',
} as const;
