import { expect, test } from 'vitest';
import type { Contact } from '../audience/changeContact';
import { fill } from './fill';

const contact = {
  profile: { name: 'Ana Díaz', first_name: 'Ana', email: null },
  variables: { places: 3, name: 'the guest', empty: '' },
} as unknown as Contact;

test('placeholders are filled with variables, then with the profile, and what is unknown stays', () => {
  expect(fill('{{first_name}}: {{ places }} for {{name}}', contact)).toBe('Ana: 3 for the guest');
  expect(fill('{{email}} {{nothing}} {{empty}} {{constructor}}', contact)).toBe(
    '{{email}} {{nothing}} {{empty}} {{constructor}}',
  );
  expect(fill('{{places | plural}} {{}} {first_name}', contact)).toBe('{{places | plural}} {{}} {first_name}');
});
