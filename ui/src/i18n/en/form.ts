export const form = {
  'form.needed': 'This is needed.',
  'form.email': 'This is not an e-mail address.',
  'form.url': 'This must begin with https:// or http://.',
  'form.too_short': 'At least {count} characters are needed.',
  'form.too_long': 'At most {count} characters fit.',
} as const;
