import { expect, it } from 'vitest';
import { fileName } from './download';

it('names a file so that every file system takes it', () => {
  expect(fileName('Reserva: ¿cuándo?', 'json')).toBe('Reserva-cuándo.json');
  expect(fileName('../../etc/passwd', 'json')).toBe('etc-passwd.json');
  expect(fileName('///', 'json')).toBe('flow.json');
});
