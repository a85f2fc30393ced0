import type { Background, Loop } from '../lib/background.js';
import { underLock } from '../lib/locks.js';
import type { Log } from '../log.js';
import { forgetOutlived, type PrivacyParts } from './forget.js';

/** One node at a time. */
const LOCK = 727_023;
const INTERVAL_MS = 3_600_000;
/** After the start: others come first. */
const FIRST_MS = 60_000;

/** Every hour: takes away the personal data that has outlived what its tenant decided. */
export const keepForgetting = (parts: PrivacyParts, background: Background, log: Log): Loop =>
  background.every(
    {
      name: 'personal data retention',
      failure: 'personal data could not be taken away; it is tried again in an hour',
    },
    { everyMs: INTERVAL_MS, firstMs: FIRST_MS },
    async () => {
      const clicks = await underLock(parts.pool, LOCK, () => forgetOutlived(parts));
      if (clicks) log.info({ clicks }, 'personal data was taken away, as its tenants decided');
    },
  );
