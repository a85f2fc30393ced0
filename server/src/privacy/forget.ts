import { randomBytes } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { countInAnalytics, forgetInAnalytics, type Whose } from '../analytics/personal-data.js';
import { sleep } from '../backoff.js';
import { recordAudit } from '../ledger/audit.js';
import {
  findOutlived,
  forgetSpan,
  forgetUser,
  isDelivered,
  newestChunk,
  noteForgotten,
} from '../ledger/personal-data.js';
import { inTransaction } from '../ledger/transaction.js';

const SALT_BYTES = 32;
const LOOK_MS = 200;
/** How long an erasure waits for the relay to deliver what was fixed before it. */
const DELIVERY_MS_MAX = 60_000;
/** Mutations of one erasure: the second catches what was being delivered during the first. */
const ROUNDS_MAX = 5;

export interface PrivacyParts {
  pool: pg.Pool;
  client: ClickHouseClient;
  now: () => number;
}

/** Analytics still gets clicks from before the erasure: it is to be tried again. */
export class StillUnderWay extends Error {
  override name = 'StillUnderWay';
}

/** A salt that is used once and kept nowhere: without it, nobody can go from a user to the key of their clicks. */
const newSalt = () => randomBytes(SALT_BYTES).toString('hex');

/**
 * Forgets a user: ledger first, so that what the relay reads from then on has no name any more, then analytics, until nothing
 * there has the name. Said again, it finds nothing. Noted in the audit log, without the name.
 *
 * @returns clicks in the ledger that were of the user
 * @throws StillUnderWay
 */
export async function eraseUser(
  { pool, client }: PrivacyParts,
  tenantId: number,
  userId: string,
  erasedBy: string,
): Promise<number> {
  const salt = newSalt();
  const clicks = await inTransaction(pool, async (session) => {
    const count = await forgetUser(session, tenantId, userId, salt);
    await recordAudit(session, {
      ...{ tenantId, actor: erasedBy, action: 'user.erase', subject: 'one user' },
      ...{ before: null, after: { clicks: count } },
    });
    return count;
  });
  await settle(pool, client, tenantId, { userId }, salt);
  return clicks;
}

/** Takes away in analytics what the ledger no longer has, also what was on its way when the ledger was changed. */
async function settle(
  pool: pg.Pool,
  client: ClickHouseClient,
  tenantId: number,
  whose: Whose,
  salt: string,
): Promise<void> {
  const upto = await newestChunk(pool);
  for (let waitedMs = 0; !(await isDelivered(pool, upto)); waitedMs += LOOK_MS) {
    if (waitedMs >= DELIVERY_MS_MAX)
      throw new StillUnderWay('Analytics is behind; try again when it has caught up.');
    await sleep(LOOK_MS);
  }
  for (let round = 0; (await countInAnalytics(client, tenantId, whose)) > 0; round++) {
    if (round === ROUNDS_MAX)
      throw new StillUnderWay('Clicks from before the erasure still arrive; try again.');
    await forgetInAnalytics(client, tenantId, whose, salt);
  }
}

/** Forgets everybody whose clicks have outlived what their tenants decided. Returns how many clicks in the ledger those were of. */
export async function forgetOutlived({ pool, client, now }: PrivacyParts): Promise<number> {
  let clicks = 0;
  for (const span of await findOutlived(pool, now())) {
    const salt = newSalt();
    clicks += await inTransaction(pool, (session) => forgetSpan(session, span, salt));
    await settle(pool, client, span.tenantId, { fromMs: span.fromMs, toMs: span.toMs }, salt);
    // Last: one that broke off begins anew.
    await noteForgotten(pool, span);
  }
  return clicks;
}
