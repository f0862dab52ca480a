export const sessions = {
  'sessions.title': 'Signed-in browsers',
  'sessions.this': 'this one',
  'sessions.since': 'Signed in',
  'sessions.until': 'ends on {when} unless it is used',
  'sessions.end': 'Sign out',
  'sessions.ended': 'The browser was signed out.',
  'sessions.end_others': 'Sign out all others',
  'sessions.others_ended': 'All other browsers were signed out.',
  'sessions.unknown': 'A browser',
} as const;
