export const welcome = {
  'welcome.sign_in': 'Sign in',
  'welcome.sign_in_text': 'Your bots, their chats, and every webhook they sent.',
  'welcome.email': 'E-mail',
  'welcome.password': 'Password',
  'welcome.password_text': 'At least {count} characters. A sentence is easy to remember.',
  'welcome.show_password': 'Show or hide the password',
  'welcome.setup': 'Welcome',
  'welcome.setup_text': 'This installation is new. Create its owner: you.',
  'welcome.account_name': 'Account',
  'welcome.account_name_text': 'Your company or project, for instance.',
  'welcome.your_name': 'Your name',
  'welcome.create': 'Create the owner',
} as const;
