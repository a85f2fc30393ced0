import type { RuleSettings } from '@clickledger/contract';
import type { RuleCore } from './rule.js';

/** The click is on the block list. */
export const blocked: RuleCore = {
  find: ({ facts: { listed } }) =>
    listed?.list === 'block' ? { list_kind: listed.kind, entry_id: listed.entryId } : null,
};

/** Robots that say who they are, and programs that name their HTTP library as the one that clicked. */
export const botUserAgent: RuleCore = {
  find: ({ facts: { agent, agentMatched } }) =>
    agent === 'bot' || agent === 'library' ? { matched: agentMatched } : null,
};

export const headlessBrowser: RuleCore = {
  find: ({ facts: { agent, agentMatched } }) => (agent === 'headless' ? { matched: agentMatched } : null),
};

export const missingUserAgent: RuleCore = {
  find: ({ facts: { agent } }) => (agent === 'missing' ? {} : null),
};

export const datacenterIp: RuleCore = {
  find: ({ facts: { isDatacenter } }) => (isDatacenter ? {} : null),
};

/** Both countries are known, and differ. */
export const geoMismatch: RuleCore = {
  find: ({ country, facts: { addressCountry } }) =>
    country !== '' && addressCountry !== '' && country !== addressCountry
      ? { country, address_country: addressCountry }
      : null,
};

const MINUTES_BEFORE = 59;

/**
 * The ad's clicks in the click's minute, so far, against the mean minute of the hour before. An ad without clicks
 * in that hour has no baseline, and its first burst is not seen.
 */
export function adBurst({ factor, count_min }: RuleSettings['ad_burst']): RuleCore {
  return {
    needsCounter: true,
    find(_click, counts) {
      if (counts === null) return 'not_run';
      if (counts.counter === null) return null;
      const { minute, hour } = counts.counter;
      const baseline = Math.max(0, hour - minute) / MINUTES_BEFORE;
      if (baseline === 0 || minute < count_min || minute <= factor * baseline) return null;
      return { count: minute, baseline_per_minute: Math.round(baseline * 100) / 100, factor, count_min };
    },
  };
}
