import { fetchAggregate } from '../../../api/endpoints.js';
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

/** What analytics counts of the made-up campaigns. */
export interface Counted {
  clicks: number;
  flagged: number;
}

/**
 * Asks analytics for the clicks of the made-up campaigns from an hour on, up to an hour from now. The difference between
 * two answers is what a run added. Throws `ApiError`.
 *
 * @param fromMs Start of an hour, in milliseconds since 1970; the same before a run and after it.
 */
export async function countMadeUp(fromMs: number, signal: AbortSignal): Promise<Counted> {
  const query = toQuery({
    startMs: fromMs,
    endMs: fromMs + HOUR_MS * (2 + Math.floor((serverNow() - fromMs) / HOUR_MS)),
    granularity: 'total',
    zone: 'UTC',
    filters: [{ dimension: 'campaign_id', not: false, values: MADE_UP_CAMPAIGNS }],
  });
  const { clicks, flagged } = figuresOf((await fetchAggregate(query, signal)).data[0]);
  return { clicks, flagged };
}

/** The start of the hour before this one, on the server's clock. */
export const countedFrom = (): number => Math.floor(serverNow() / HOUR_MS - 1) * HOUR_MS;
