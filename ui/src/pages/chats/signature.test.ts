import { expect, it } from 'vitest';
import { signatureOf } from './signature';

it('signs with the first word of the name and the rest', () => {
  expect(signatureOf({ name: ' Ana María de la Cruz ', email: 'a@b' })).toEqual({
    firstname: 'Ana',
    lastname: 'María de la Cruz',
    email: 'a@b',
  });
  expect(signatureOf({ name: '', email: '' })).toEqual({ firstname: '', lastname: '', email: '' });
});
