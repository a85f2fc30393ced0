import { randomUUID } from 'node:crypto';
import { postJson, shownInAnalytics } from './server-process.js';

/** Sends clicks in one batch and waits until analytics has them. */
export async function sendClicks(
  url: string,
  count: number,
  fields: (i: number) => Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<void> {
  const clicks = Array.from({ length: count }, (_, i) => ({
    click_id: randomUUID(),
    ad_id: `ad-${i % 4}`,
    campaign_id: 'spring',
    advertiser_id: 'acme',
    ...fields(i),
  }));
  const response = await postJson(`${url}/api/v1/clicks/batch`, { clicks }, headers);
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  await shownInAnalytics(url, clicks.at(-1)?.click_id as string);
}

interface Totals {
  clicks: number;
  unique_users: number;
  fraud_count: number;
  billable_count: number;
  cost_micros: number;
}

/** The API's own figures of the last two days, for comparison with those on screen. */
export async function apiTotals(url: string, filter = ''): Promise<Totals> {
  const from = new Date(Date.now() - 86_400_000).toISOString();
  const to = new Date(Date.now() + 3_600_000).toISOString();
  const response = await fetch(
    `${url}/api/v1/analytics/aggregate?granularity=total&start_time=${from}&end_time=${to}${filter}`,
  );
  const { data } = (await response.json()) as { data: Totals[] };
  return data[0] ?? { clicks: 0, unique_users: 0, fraud_count: 0, billable_count: 0, cost_micros: 0 };
}
