export const confirm = {
  'confirm.type': 'Type “{word}” to confirm',
  'confirm.word': 'DELETE',
} as const;
