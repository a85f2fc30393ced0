import type pg from 'pg';
import { makeFindListed } from '../../fraud/lists.js';
import { readListEntries } from '../fraud-rules.js';
import type { FoundClick } from './clicks-of.js';

/**
 * Says whether an allow entry in force names a click that came in before. An entry of an address can't be asked: addresses are not
 * kept. It holds for the clicks that came after it, which are marked.
 */
export async function stillAllowed(
  pool: pg.Pool,
  tenantId: number,
  nowMs: number,
): Promise<(click: FoundClick) => boolean> {
  const entries = (await readListEntries(pool, tenantId)).filter(({ list }) => list === 'allow');
  const find = await makeFindListed(entries);
  return ({ userId, userAgent, referrer }) =>
    find({ tenantId, address: null, userId: userId || null, userAgent, referrer }, nowMs) !== null;
}
