import { sleep } from '../backoff.js';
import { type Log, messageOf } from '../log.js';
import { forgetOutlived, type PrivacyParts } from './forget.js';

/** One node at a time; the lock goes with its session. */
const LOCK = 727_023;
const INTERVAL_MS = 3_600_000;
/** After the start: others come first. */
const FIRST_MS = 60_000;

/** Every hour, until the signal is aborted: takes away the personal data that has outlived what its tenant decided. */
export async function keepForgetting(parts: PrivacyParts, log: Log, signal: AbortSignal): Promise<void> {
  for (let pauseMs = FIRST_MS; !signal.aborted; pauseMs = INTERVAL_MS) {
    await sleep(pauseMs, signal);
    if (signal.aborted) return;
    try {
      const clicks = await underLock(parts);
      if (clicks > 0) log.info({ clicks }, 'personal data was taken away, as its tenants decided');
    } catch (error) {
      log.warn(
        { error: messageOf(error) },
        'personal data could not be taken away; it is tried again in an hour',
      );
    }
  }
}

async function underLock(parts: PrivacyParts): Promise<number> {
  const session = await parts.pool.connect();
  try {
    const { rows } = await session.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
      LOCK,
    ]);
    return rows[0]?.held ? await forgetOutlived(parts) : 0;
  } finally {
    // Ends the session, and with it the lock.
    session.release(true);
  }
}
