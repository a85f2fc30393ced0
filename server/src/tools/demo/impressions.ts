import { type ImpressionCount, type ImpressionsReply, LIMITS } from '@clickledger/contract';
import { seededRandom } from '@clickledger/traffic';
import type { DemoClick } from './month.js';
import { HOUR_MS } from './plan.js';
import type { Send } from './send-sales.js';

/** A day less than a report may be old, unless the dedup window is set otherwise. */
export const IMPRESSION_AGE_MS_MAX = 6 * 24 * HOUR_MS;
/** Of a hundred times that an ad is shown, so often it is clicked, at least and at most. */
const CTR_PERCENT_MIN = 0.4;
const CTR_PERCENT_MAX = 2.8;

/** How often ads were shown: as many times as their clicks make likely, hour by hour. */
export class DemoImpressions {
  readonly #clicks = new Map<string, number>();

  /** @param fromMs clicks before it are of no impression */
  constructor(private readonly fromMs: number) {}

  add({ input }: DemoClick): void {
    const atMs = Date.parse(input.timestamp ?? '');
    if (!(atMs >= this.fromMs)) return;
    const key = `${Math.floor(atMs / HOUR_MS)} ${input.ad_id}`;
    this.#clicks.set(key, (this.#clicks.get(key) ?? 0) + 1);
  }

  counts(): ImpressionCount[] {
    return [...this.#clicks].map(([key, clicks]) => {
      const [hour = '', adId = ''] = key.split(' ');
      const count = Math.ceil((clicks * 100) / (ctrPercentOf(adId) * (0.85 + 0.3 * randomOf(key))));
      return {
        ad_id: adId,
        hour: new Date(Number(hour) * HOUR_MS).toISOString(),
        count,
        country: '',
        device_type: '',
      };
    });
  }
}

const ctrPercentOf = (adId: string) =>
  CTR_PERCENT_MIN + (CTR_PERCENT_MAX - CTR_PERCENT_MIN) * randomOf(adId) ** 2;

/** Between 0 and 1, the same for the same text. */
function randomOf(text: string): number {
  let number = 0;
  for (let i = 0; i < text.length; i++) number = Math.imul(number, 31) + text.charCodeAt(i);
  return seededRandom(number)();
}

/** Reports them. Sent again under the same name, they are repeats. */
export async function sendImpressions(
  send: Send,
  name: string,
  counts: readonly ImpressionCount[],
): Promise<number> {
  let sum = 0;
  for (let at = 0; at < counts.length; at += LIMITS.impressionEntriesMax) {
    const impressions = counts.slice(at, at + LIMITS.impressionEntriesMax);
    const reply = await send<ImpressionsReply>('impressions', { report_id: `${name}-${at}`, impressions });
    if (!reply.is_duplicate) sum += reply.impressions;
  }
  return sum;
}
