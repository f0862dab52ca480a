export const segments = {
  'segments.title': 'Segments',
  'segments.everybody': 'Everybody',
  'segments.save': 'Save as segment',
  'segments.name_text': 'These filters are kept under this name.',
  'segments.actions': 'Segment {name}',
  'segments.delete_title': 'Delete this segment?',
  'segments.delete_text': '“{name}” is a name for some filters. Its contacts stay.',
  'segments.download': 'Download CSV',
  'segments.chat_open': 'Chat open',
} as const;
