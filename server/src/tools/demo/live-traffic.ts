import { makePicker, seededRandom } from '@clickledger/traffic';
import { uuidv7 } from 'uuidv7';
import { sleep } from '../../lib/backoff.js';
import type { AddressIn } from './addresses.js';
import { CAMPAIGNS } from './catalogue.js';
import { type FillOptions, prepareDemo } from './fill.js';
import { anyAd, anyPerson, demoClick } from './month.js';
import { pickPublisher } from './people.js';
import { DAYS } from './plan.js';

const BATCH_MS = 500;
/** Clicks a second, on average: seen to move, and not so many that the running hour dwarfs the month before it. */
const RATE = 2;
const PEOPLE = 200_000;

/** Clicks now and then, until the signal is aborted, of the campaigns that still run. Failed batches are reported and dropped. */
export async function liveTraffic(
  options: FillOptions & { seed: number; addressIn: AddressIn; onError: (error: unknown) => void },
  signal: AbortSignal,
): Promise<void> {
  const random = seededRandom(options.seed ^ options.nowMs());
  const running = CAMPAIGNS.flatMap((campaign, i) =>
    campaign.toDay >= DAYS ? [[i, campaign.weight] as const] : [],
  );
  const pickCampaign = makePicker(running);
  while (!signal.aborted) {
    // Uneven, as clicks are: none in one half second, three times as many in another.
    const count = Math.round((RATE * BATCH_MS * 2 * random() ** 1.3) / 1_000);
    const clicks = Array.from({ length: count }, () => {
      const campaign = pickCampaign(random);
      const place = { campaign, ad: anyAd(random, campaign), publisher: pickPublisher(random) };
      const person = anyPerson(random, PEOPLE, options.seed, options.addressIn);
      const atMs = options.nowMs() - Math.floor(random() * BATCH_MS);
      return prepareDemo(demoClick(person, atMs, place, uuidv7()), options);
    });
    if (clicks.length > 0) await options.submit(clicks).catch(options.onError);
    await sleep(BATCH_MS, signal);
  }
}
