export const notes = {
  'notes.title': 'Notes',
  'notes.text': 'For your team only. The contact never sees them.',
  'notes.count_one': '{count} note',
  'notes.count_other': '{count} notes',
  'notes.write': 'Write a note',
  'notes.add': 'Add the note',
  'notes.edit': 'Edit the note',
  'notes.delete': 'Delete the note',
  'notes.program': 'A program',
} as const;
