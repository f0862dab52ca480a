export const json = {
  'json.fold': 'Fold',
  'json.unfold': 'Unfold',
  'json.copy': 'Copy the body',
  'json.empty': 'empty',
  'json.no_headers': 'No headers',
} as const;
