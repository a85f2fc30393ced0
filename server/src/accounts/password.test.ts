import { expect, it } from 'vitest';
import { hashPassword, isPassword } from './password.js';

it('tells a password from others, and an address that nobody has from none', async () => {
  const stored = await hashPassword('a password');
  expect(await isPassword(stored, 'a password')).toBe(true);
  expect(await isPassword(stored, 'wrong')).toBe(false);
  expect(await isPassword(null, 'wrong')).toBe(false);
  expect(await isPassword(null, 'the password of nobody at all')).toBe(false);
});
