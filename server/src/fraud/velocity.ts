import type { RuleSettings } from '@clickledger/contract';
import type { Click } from '../click/click.js';
import type { RuleCore } from './rule.js';

/**
 * Whether two clicks with the same visitor key are of one person. An address alone is a whole office or a mobile carrier, and
 * whoever has no user agent of their own, or is reported by a server, shares the rest with all who have none.
 */
const isOnePerson = ({ visitorKey, userId, facts }: Click): boolean =>
  userId !== null || (visitorKey !== '' && facts.agent !== 'missing' && facts.agent !== 'unknown');

type Limits = { count_max: number; window_seconds: number };

function velocityRule(
  name: string,
  subjectOf: (click: Click) => string | null,
  { count_max, window_seconds }: Limits,
): RuleCore {
  const windowMs = window_seconds * 1_000;
  return {
    velocity(click) {
      const subject = subjectOf(click);
      return subject === null ? null : { name, subject, windowMs, countMax: count_max + 1 };
    },
    find(_click, counts) {
      if (counts === null) return 'not_run';
      return counts.count > count_max ? { count: counts.count, count_max, window_ms: windowMs } : null;
    },
  };
}

/** Clicks of one address within a sliding window. Exact up to the limit, at least the limit beyond it. */
export const velocityIp = (settings: RuleSettings['velocity_ip']): RuleCore =>
  velocityRule('velocity_ip', (click) => click.ipHash, settings);

/** Clicks of one user within a sliding window. */
export const velocityUser = (settings: RuleSettings['velocity_user']): RuleCore =>
  velocityRule('velocity_user', (click) => click.userId, settings);

/**
 * The same visitor on the same ad again within seconds: the later of the two is invalid. There is no window that all
 * agree on; the guidelines ask that it be disclosed. A visitor is a user or, without one, an address with its user agent.
 * It does not run on a click of whom neither is known: strangers would be taken for one person.
 */
export const duplicateClick = (settings: RuleSettings['duplicate_click']): RuleCore => ({
  ...velocityRule(
    'duplicate_click',
    (click) => (isOnePerson(click) ? `${click.visitorKey} ${click.adId}` : null),
    { ...settings, count_max: 1 },
  ),
  needsVisitor: true,
});
