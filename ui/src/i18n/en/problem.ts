export const problem = {
  'problem.unknown':
    'Something went wrong in this page. Reload it; when it happens again, tell whoever runs this server.',
  'problem.unreachable':
    'The server can not be reached. Check your connection and that Recado is running, then try again.',
  'problem.unauthorized': 'You are signed out. Sign in again to go on.',
  'problem.wrong_credentials': 'E-mail or password is wrong. Check both and try again.',
  'problem.already_set_up': 'This installation has its owner already. Sign in instead.',
  'problem.not_found': 'It does not exist any more. Go back and refresh the list.',
  'problem.conflict': 'This is not possible as things stand.',
  'problem.exists': 'There is one already. Choose another name.',
  'problem.not_a_flow': 'This file is no flow.',
  'problem.automation_paused': 'Automation is paused for this contact. Resume it first.',
  'problem.contact_not_active': 'The contact unsubscribed or blocked the bot, so it can not be written to.',
  'problem.flow_not_running': 'The flow is off or was never published. Publish it and switch it on first.',
  'problem.draft_changed': 'Somebody else changed the draft meanwhile. Reload it before you go on.',
  'problem.body_too_long': 'This is too large: at most 1 MiB can be sent.',
  'problem.invalid_fields': 'Some fields need another value.',
  'problem.flow_has_problems': 'The flow can not be published yet: its draft has problems.',
  'problem.limit_reached': 'A limit would be passed.',
  'problem.too_many_requests': 'Too many tries. Wait {seconds} s and try again.',
  'problem.messenger_unreachable': 'Telegram can not be reached now. Try again in a moment.',
  'problem.busy': 'The server is busy. Nothing was changed; try again in a moment.',
  'problem.server':
    "The server failed. Nothing to mend on your side; try again, and if it stays, look into the server's log.",
  'problem.refused': 'The server refused this.',
} as const;
