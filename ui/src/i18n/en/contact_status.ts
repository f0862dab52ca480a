export const contact_status = {
  'contact_status.active': 'Active',
  'contact_status.unsubscribed': 'Unsubscribed',
  'contact_status.blocked': 'Blocked',
  'contact_status.disabled': 'Disabled',
} as const;
