import type { ConversionInput } from '@clickledger/contract';
import { makePicker, seededRandom } from '@clickledger/traffic';
import { uuidv7 } from 'uuidv7';
import { sleep } from '../../lib/backoff.js';
import type { AddressIn } from './addresses.js';
import { CAMPAIGNS } from './catalogue.js';
import { type FillOptions, prepareDemo } from './fill.js';
import { anyAd, anyPerson, demoClick } from './month.js';
import { pickPublisher } from './people.js';
import { DAYS } from './plan.js';
import { salesOf } from './sales.js';

const BATCH_MS = 500;
/** Clicks a second, on average: seen to move, and not so many that the running hour dwarfs the month before it. */
const RATE = 2;
const PEOPLE = 200_000;
/** Conversions that wait for their time; of more, the first are forgotten. */
const SALES_MAX = 1_000;

interface LiveOptions extends FillOptions {
  seed: number;
  addressIn: AddressIn;
  /** Of the account. */
  currency: string;
  sendSales: (sales: readonly ConversionInput[]) => Promise<unknown>;
  onError: (error: unknown) => void;
}

/**
 * Clicks now and then, and what comes of them when its time has come, until the signal is aborted, of the campaigns that still run. Failed
 * batches are reported and dropped.
 */
export async function liveTraffic(options: LiveOptions, signal: AbortSignal): Promise<void> {
  const random = seededRandom(options.seed ^ options.nowMs());
  const running = CAMPAIGNS.flatMap((campaign, i) =>
    campaign.toDay >= DAYS ? [[i, campaign.weight] as const] : [],
  );
  const pickCampaign = makePicker(running);
  let waiting: ConversionInput[] = [];
  while (!signal.aborted) {
    // Uneven, as clicks are: none in one half second, three times as many in another.
    const count = Math.round((RATE * BATCH_MS * 2 * random() ** 1.3) / 1_000);
    const clicks = Array.from({ length: count }, () => {
      const campaign = pickCampaign(random);
      const place = { campaign, ad: anyAd(random, campaign), publisher: pickPublisher(random) };
      const person = anyPerson(random, PEOPLE, options.seed, options.addressIn);
      const atMs = options.nowMs() - Math.floor(random() * BATCH_MS);
      const click = demoClick(person, atMs, place, uuidv7());
      waiting.push(...salesOf(click, { fromMs: 0, untilMs: Infinity, currency: options.currency }));
      return prepareDemo(click, options);
    });
    if (clicks.length > 0) await options.submit(clicks).catch(options.onError);
    const nowMs = options.nowMs();
    const isDue = ({ timestamp = '' }: ConversionInput) => Date.parse(timestamp) <= nowMs;
    const due = waiting.filter(isDue);
    if (due.length > 0) await options.sendSales(due).catch(options.onError);
    waiting = waiting.filter((sale) => !isDue(sale)).slice(-SALES_MAX);
    await sleep(BATCH_MS, signal);
  }
}
