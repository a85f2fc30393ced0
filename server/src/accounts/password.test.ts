import { expect, it } from 'vitest';
import { hashPassword, isPassword, TooManyTries } from './password.js';

/** One at work and twenty that wait. */
const TAKEN = 21;

it('a full queue refuses tries while it is full, and says the same of members and of others afterwards', async () => {
  const stored = await hashPassword('a password');
  const flood = Array.from({ length: TAKEN }, () => hashPassword('another'));
  await expect(hashPassword('one too many')).rejects.toThrow(TooManyTries);
  // The first of a member and the first of an unknown address, which waits for a hash meanwhile.
  await expect(isPassword(stored, 'wrong')).rejects.toThrow(TooManyTries);
  await Promise.allSettled([isPassword(null, 'wrong'), ...flood]);
  expect(await isPassword(stored, 'a password')).toBe(true);
  expect(await isPassword(stored, 'wrong')).toBe(false);
  expect(await isPassword(null, 'wrong')).toBe(false);
  expect(await isPassword(null, 'the password of nobody at all')).toBe(false);
});
