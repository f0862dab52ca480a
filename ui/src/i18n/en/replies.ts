export const replies = {
  'replies.title': 'Saved replies',
  'replies.search': 'Search replies',
  'replies.empty': 'No saved reply yet. Save what you write often.',
  'replies.none_found': 'No reply has these words.',
  'replies.save_this': 'Save this text as a reply',
  'replies.manage': 'Manage saved replies',
  'replies.new': 'New reply',
  'replies.change': 'Change the reply',
  'replies.name_text': 'Short, to find it by. Type / in an empty answer to search.',
  'replies.text': 'Text',
  'replies.text_text': '{placeholder} and the names of variables are filled in when it is chosen.',
} as const;
