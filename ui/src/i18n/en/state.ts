export const state = {
  'state.loading': 'Loading',
  'state.try_again': 'Try again',
  'state.no_page': 'There is no such page',
  'state.no_page_text': 'The link may be old, or what it led to was deleted.',
  'state.to_bots': 'Go to your bots',
  'state.live': 'Live',
  'state.reconnecting': 'Reconnecting…',
  'state.none': 'None',
  'state.yes': 'Yes',
  'state.no': 'No',
  'state.on': 'On',
  'state.off': 'Off',
} as const;
