import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const GIVE_UP_MS = 20_000;

/**
 * How long after its reply a click is in `GET /analytics/aggregate`, in milliseconds: a click of an ad of its own every `everyMs`,
 * looked for every 100 ms. Until `stop` is called.
 *
 * @param credentials headers that name the tenant, where the server asks for them
 */
export function watchFreshness(
  url: string,
  credentials: Record<string, string> = {},
  everyMs = 500,
): { stop: () => Promise<number[]> } {
  const repliedAt = new Map<string, number>();
  const ages: number[] = [];
  const campaign = `probe-${randomUUID().slice(0, 8)}`;
  let stopping = false;

  const send = async () => {
    for (let i = 0; !stopping; i++) {
      const ad = `ad-${i}`;
      const body = JSON.stringify({ ad_id: ad, campaign_id: campaign, advertiser_id: 'probe' });
      const headers = { 'content-type': 'application/json', ...credentials };
      const reply = await fetch(`${url}/api/v1/clicks`, { method: 'POST', body, headers }).catch(() => null);
      if (reply?.status === 202) repliedAt.set(ad, performance.now());
      await sleep(everyMs);
    }
  };
  const look = async () => {
    const start = new Date(Date.now() - 60_000).toISOString();
    for (const from = performance.now(); !stopping || repliedAt.size > 0; await sleep(POLL_MS)) {
      if (stopping && performance.now() - from > GIVE_UP_MS + 120_000) return;
      const query = new URLSearchParams({
        start_time: start,
        end_time: new Date(Date.now() + 60_000).toISOString(),
        granularity: 'total',
        campaign_id: campaign,
        group_by: 'ad_id',
      });
      const reply = await fetch(`${url}/api/v1/analytics/aggregate?${query}`, { headers: credentials }).catch(
        () => null,
      );
      if (!reply?.ok) continue;
      const { data } = (await reply.json()) as { data: { ad_id: string }[] };
      for (const { ad_id } of data) {
        const at = repliedAt.get(ad_id);
        if (at !== undefined) ages.push(performance.now() - at);
        repliedAt.delete(ad_id);
      }
    }
  };
  const work = Promise.all([send(), look()]);
  return {
    async stop() {
      stopping = true;
      await work;
      return ages.sort((a, b) => a - b);
    },
  };
}
