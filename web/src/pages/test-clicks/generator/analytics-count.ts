import { ask } from '../../../api/ask.js';
import { figuresOf, toQuery } from '../../../api/questions.js';
import { serverNow } from '../../../state/now.js';
import { BURST_RULES, burstCampaign } from './bursts.js';
import { CAMPAIGNS } from './profiles.js';

const HOUR_MS = 3_600_000;

/** Every campaign that a run may send clicks of. */
export const MADE_UP_CAMPAIGNS = [
  ...CAMPAIGNS.map(([campaign]) => campaign.campaign_id),
  ...BURST_RULES.map(burstCampaign),
];

/** What reporting counts for the test campaigns. */
export interface Counted {
  clicks: number;
  flagged: number;
  /** Flagged clicks by the rule that decided. */
  byRule: Readonly<Record<string, number>>;
}

/**
 * Asks for the clicks of the test campaigns from an hour on, up to an hour from now, by the rule that flagged them. Throws
 * `ApiError`.
 *
 * @param fromMs Start of an hour, in milliseconds since 1970; the same before a run and after it.
 */
export async function countMadeUp(fromMs: number, signal: AbortSignal): Promise<Counted> {
  const query = toQuery({
    asked: {
      startMs: fromMs,
      endMs: fromMs + HOUR_MS * (2 + Math.floor((serverNow() - fromMs) / HOUR_MS)),
    },
    granularity: 'total',
    zone: 'UTC',
    filters: [{ dimension: 'campaign_id', not: false, values: MADE_UP_CAMPAIGNS }],
    groupBy: 'fraud_reason',
  });
  const counted = { clicks: 0, flagged: 0 };
  const byRule: Record<string, number> = {};
  for (const row of (await ask(query, signal, 'test')).data) {
    const { clicks, flagged } = figuresOf(row);
    counted.clicks += clicks;
    counted.flagged += flagged;
    if (row.fraud_reason) byRule[row.fraud_reason] = flagged;
  }
  return { ...counted, byRule };
}

/** What a run added: the difference of the counts after it and before it. Rules that flagged nothing are left out. */
export function addedBy(after: Counted, before: Counted): Counted {
  const byRule = Object.entries(after.byRule)
    .map(([rule, count]) => [rule, count - (before.byRule[rule] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return {
    clicks: after.clicks - before.clicks,
    flagged: after.flagged - before.flagged,
    byRule: Object.fromEntries(byRule),
  };
}

/** The start of the hour before this one, on the server's clock. */
export const countedFrom = (): number => Math.floor(serverNow() / HOUR_MS - 1) * HOUR_MS;
