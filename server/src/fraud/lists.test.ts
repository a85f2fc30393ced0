import { expect, it } from 'vitest';
import { type ListEntry, makeFindListed } from './lists.js';

const anEntry = (i: number, more: Partial<ListEntry> = {}): ListEntry => ({
  list: 'block',
  kind: 'address',
  entryId: i,
  value: `${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`,
  expiresAtMs: null,
  ...more,
});
const subject = { tenantId: 1, address: '11.0.9.7', userId: null, userAgent: '', referrer: '' };

it('requests have their turn while the longest list is made', async () => {
  const entries = Array.from({ length: 100_000 }, (_, i) => anEntry(i));
  let turns = 0;
  let isMade = false;
  const count = () => {
    turns++;
    if (!isMade) setImmediate(count);
  };
  setImmediate(count);
  const findListed = await makeFindListed(entries);
  isMade = true;
  expect(turns).toBeGreaterThanOrEqual(100);
  expect(findListed(subject, 0)).toEqual({ list: 'block', kind: 'address', entryId: 9 });
});

it('an entry that has expired hides no other of the same range, and an allow entry goes first', async () => {
  const range = '11.0.9.0/24';
  const expired = anEntry(1, { value: range, expiresAtMs: 10 });
  const lasting = anEntry(2, { value: range });
  const allowed = anEntry(3, { value: '11.0.0.0/8', list: 'allow', expiresAtMs: 20 });
  const findListed = await makeFindListed([expired, lasting, allowed]);
  expect(findListed(subject, 0)?.entryId).toBe(3);
  expect(findListed(subject, 30)?.entryId).toBe(2);
});
