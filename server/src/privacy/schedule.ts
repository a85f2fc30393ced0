import type { Background, Loop } from '../lib/background.js';
import { LOCKS, underLock } from '../lib/locks.js';
import type { Log } from '../lib/log.js';
import { findOutlived } from './data-in-ledger.js';
import { unfinishedErasures } from './erasures.js';
import { erase, newSalt, type PrivacyParts, RebuildRuns } from './forget.js';

const INTERVAL_MS = 3_600_000;
/** After the start: others come first. */
const FIRST_MS = 60_000;
/** Days of a tenant that are done in one go: one mutation of analytics for all of them. */
const DAYS_MAX = 31;

/**
 * Every hour: finishes erasures that broke off, and takes away the personal data that has outlived what its tenant decided.
 */
export const keepForgetting = (
  parts: PrivacyParts & { now: () => number },
  background: Background,
  log: Log,
): Loop =>
  background.every(
    {
      name: 'personal data retention',
      failure: 'personal data could not be taken away; it is tried again in an hour',
    },
    { everyMs: INTERVAL_MS, firstMs: FIRST_MS },
    async (signal) => {
      const clicks = await underLock(parts.pool, LOCKS.personalDataRetention, () =>
        forgetOutlived(parts, background, signal),
      );
      if (clicks) log.info({ clicks }, 'personal data was taken away, as its tenants decided');
    },
  );

/**
 * Finishes what broke off, then forgets everybody whose clicks have outlived what their tenants decided. A tenant for whom it fails
 * keeps no other from it.
 *
 * @returns how many clicks were made anonymous
 */
export async function forgetOutlived(
  parts: PrivacyParts & { now: () => number },
  background: Background,
  signal: AbortSignal,
): Promise<number> {
  let clicks = 0;
  /** Whether it was done. A rebuild ends by itself: it is no failure that this has to wait for it. */
  const attempt = async (tenantId: number, work: () => Promise<number>): Promise<boolean> => {
    let isDone = false;
    await background.run(
      {
        name: 'personal data of a tenant',
        failure: 'personal data of a tenant could not be taken away; it is tried again in an hour',
        about: { tenantId },
      },
      async () => {
        try {
          clicks += await work();
          isDone = true;
        } catch (error) {
          if (!(error instanceof RebuildRuns)) throw error;
        }
      },
    );
    return isDone;
  };
  const failed = new Set<number>();
  for (const { erasureId: _, ...erasure } of await unfinishedErasures(parts.pool)) {
    if (signal.aborted) return clicks;
    if (!(await attempt(erasure.tenantId, () => erase(parts, erasure)))) failed.add(erasure.tenantId);
  }
  for (;;) {
    const spans = await findOutlived(parts.pool, parts.now(), DAYS_MAX);
    const next = spans.filter(({ tenantId }) => !failed.has(tenantId));
    if (next.length === 0) return clicks;
    for (const { tenantId, ...whose } of next) {
      if (signal.aborted) return clicks;
      const erasure = { tenantId, whose, salt: newSalt(), requestedBy: 'retention' };
      if (!(await attempt(tenantId, () => erase(parts, erasure)))) failed.add(tenantId);
    }
  }
}
