import { randomBytes } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { recordAudit } from '../audit/audit.js';
import { readMarks, wantFolded } from '../ledger/folds.js';
import { sleep } from '../lib/backoff.js';
import { erasureLock, LOCKS, tryLock } from '../lib/locks.js';
import { Told } from '../lib/told.js';
import { inTransaction } from '../lib/transaction.js';
import { countInAnalytics, forgetInAnalytics } from './data-in-analytics.js';
import { forgetSpan, forgetUser, isDelivered, ledgerTimeMs, newestChunk } from './data-in-ledger.js';
import { beginErasure, type Erasure, endErasure } from './erasures.js';

const SALT_BYTES = 32;
const LOOK_MS = 200;
/** How long an erasure waits for clicks to be folded under the keys that they have. */
const FOLD_MS_MAX = 10_000;
/** How long an erasure waits for the relay to deliver what was fixed before it. */
const DELIVERY_MS_MAX = 60_000;
/** How long the engine may take to rewrite the parts that hold a name. */
const MUTATION_MS_MAX = 15 * 60_000;
/** Mutations of one erasure: the second catches what was being delivered during the first. */
const ROUNDS_MAX = 5;
const RETRY_AFTER_SECONDS = 10;

export interface PrivacyParts {
  /** Of the owner of the tables: forgetting rewrites clicks, which no request may. */
  pool: pg.Pool;
  /** The same, for statements that take minutes. */
  slowPool: pg.Pool;
  client: ClickHouseClient;
}

/** The erasure has begun and is not over. It is finished in the background; asked for again, it goes on. */
export class StillUnderWay extends Told {
  constructor(message: string) {
    super(503, 'under_way', message, RETRY_AFTER_SECONDS);
  }
}

/** Analytics is being rebuilt, on this node or another: it would bring back what it read before. */
export class RebuildRuns extends Told {
  constructor() {
    super(
      409,
      'busy',
      'Analytics is being rebuilt. The erasure is recorded and runs by itself within an hour after the rebuild.',
      RETRY_AFTER_SECONDS,
    );
  }
}

/** A salt that is used once: without it, nobody can go from a user to the key of their clicks. */
export const newSalt = () => randomBytes(SALT_BYTES).toString('hex');

/**
 * Forgets a user: ledger first, so that what the relay reads from then on has no name any more, then analytics, until nothing
 * there has the name. Said again, it finds nothing. Noted in the audit log, without the name.
 *
 * @returns clicks in the ledger that were of the user
 * @throws StillUnderWay, RebuildRuns
 */
export async function eraseUser(
  parts: PrivacyParts,
  tenantId: number,
  userId: string,
  erasedBy: string,
): Promise<number> {
  return erase(parts, { tenantId, whose: { userId }, salt: newSalt(), requestedBy: erasedBy });
}

/**
 * Forgets whom an erasure is about, in both stores. It is noted first, so that one that breaks off is finished later, under its salt.
 *
 * @returns clicks in the ledger that this call made anonymous
 * @throws StillUnderWay, RebuildRuns
 */
export async function erase(parts: PrivacyParts, asked: Omit<Erasure, 'erasureId'>): Promise<number> {
  const erasure = await beginErasure(parts.pool, asked);
  const held = await tryLock(parts.pool, LOCKS.personalData, 'shared');
  if (!held) throw new RebuildRuns();
  try {
    if (!(await held.also(erasureLock(erasure.tenantId))))
      throw new StillUnderWay(
        'Another erasure of this account is running. This one follows in the background.',
      );
    const clicks = await forgetInLedger(parts.slowPool, erasure);
    await settle(parts, erasure);
    // A rebuild that began because the lock was lost may have read names: not done, then.
    await held.check();
    await endErasure(parts.pool, erasure);
    return clicks;
  } finally {
    await held.release();
  }
}

function forgetInLedger(pool: pg.Pool, { tenantId, whose, salt, requestedBy }: Erasure): Promise<number> {
  if (!('userId' in whose)) return forgetSpan(pool, { tenantId, ...whose }, salt);
  return inTransaction(pool, async (session) => {
    const clicks = await forgetUser(session, tenantId, whose.userId, salt);
    await recordAudit(session, {
      tenantId,
      actor: requestedBy,
      action: 'user.erase',
      subject: 'one user',
      before: null,
      after: { clicks },
    });
    return clicks;
  });
}

/**
 * Has the clicks folded before they get another key: else a visitor who is in the rollups already would be counted once more under the new one.
 * Where that takes long, forgetting comes first, and the estimate is one too high.
 */
async function foldBefore(pool: pg.Pool, upto: number): Promise<void> {
  await wantFolded(pool, upto);
  for (let waitedMs = 0; waitedMs < FOLD_MS_MAX; waitedMs += LOOK_MS) {
    const marks = await readMarks(pool);
    if (!marks || Math.min(marks.minutes, marks.pairs) >= upto) return;
    await sleep(LOOK_MS);
  }
}

/** Takes away in analytics what the ledger no longer has, also what was on its way when the ledger was changed. */
async function settle({ pool, client }: PrivacyParts, erasure: Erasure): Promise<void> {
  // What is received from here on is of a new visit, and no part of this erasure: the wait for it might never end.
  const beforeMs = await ledgerTimeMs(pool);
  const upto = await newestChunk(pool);
  for (let waitedMs = 0; !(await isDelivered(pool, upto)); waitedMs += LOOK_MS) {
    if (waitedMs >= DELIVERY_MS_MAX)
      throw new StillUnderWay('Analytics is behind. The erasure goes on when it has caught up.');
    await sleep(LOOK_MS);
  }
  await foldBefore(pool, upto);
  for (let round = 0; (await countInAnalytics(client, { ...erasure, beforeMs })) > 0; round++) {
    if (round === ROUNDS_MAX)
      throw new StillUnderWay(
        'Clicks from before the erasure still arrive. The erasure goes on in the background.',
      );
    await forgetInAnalytics(client, { ...erasure, beforeMs }, AbortSignal.timeout(MUTATION_MS_MAX));
  }
}
