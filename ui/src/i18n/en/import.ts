export const importing = {
  'import.open': 'Import CSV',
  'import.title': 'Import contacts',
  'import.text':
    'A table as CSV, as “Download CSV” gives it. The first line names the columns; empty cells change nothing. No event is sent and no flow starts.',
  'import.identity_telegram':
    'The person’s Telegram id: it is needed. Telegram lets the bot write only to people who wrote to it before.',
  'import.identity_livechat':
    'The visitor’s id in this chat: it is needed. Only visitors who opened the chat can be in the table.',
  'import.columns': 'Columns',
  'import.profile': 'The profile.',
  'import.tags': 'Separated by commas. They are added to those the contact has.',
  'import.status': 'active, unsubscribed, blocked or disabled, for new contacts. Known contacts keep their status.',
  'import.variables': 'The variables of contacts.',
  'import.file': 'File',
  'import.choose': 'Choose a CSV file',
  'import.start': 'Import',
  'import.created_one': '{count} new contact',
  'import.created_other': '{count} new contacts',
  'import.updated_one': '{count} known contact updated',
  'import.updated_other': '{count} known contacts updated',
  'import.refused_one': '{count} row was not taken over',
  'import.refused_other': '{count} rows were not taken over',
  'import.line': 'Line',
  'import.column': 'Column',
  'import.mistake': 'What is wrong',
  'import.more_one': 'And {count} more row.',
  'import.more_other': 'And {count} more rows.',
} as const;
