export const inspector = {
  'inspector.title': 'Inspector',
  'inspector.text':
    'A receiver of this installation: point a webhook at its URL and see here what arrives. It keeps the last 500 requests.',
  'inspector.url': 'Its URL',
  'inspector.clear': 'Forget all',
  'inspector.clear_title': 'Forget what was received?',
  'inspector.clear_text': 'The requests are deleted here. Deliveries and their log stay.',
  'inspector.cleared': 'The inspector is empty.',
  'inspector.empty': 'Nothing arrived yet',
  'inspector.empty_text': 'Copy the URL above into a webhook and use Send test, or write to your bot.',
  'inspector.missing': 'This installation has no inspector',
  'inspector.missing_text': "It can be switched on in the server's configuration.",
  'inspector.request': 'Request {number}',
} as const;
