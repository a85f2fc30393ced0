import type { ClickInput } from '@clickledger/contract';
import { seededRandom } from '@clickledger/traffic';

/** Who made a click. `double_click` is a person whose second click is not billable; the others are attacks. */
export const FAMILIES = [
  'organic',
  'double_click',
  'declared_crawler',
  'headless_scraper',
  'click_farm',
  'one_click_botnet',
  'rotating_agents',
  'competitor_burst',
  'replayed_recording',
  'clockwork_bot',
] as const;
export type Family = (typeof FAMILIES)[number];
/** Not looked at when thresholds were chosen. */
export const HELD_OUT: readonly Family[] = ['click_farm', 'replayed_recording'];

/** A click with what it truly is. */
export interface LabelledClick {
  input: ClickInput & { timestamp: string };
  address: string;
  family: Family;
}

export interface Context {
  random: () => number;
  startMs: number;
  people: readonly string[];
  crawlers: readonly string[];
}

export const HOURS = 24;
export const HOUR_MS = 3_600_000;
const ADS = 400;
const ADS_PER_CAMPAIGN = 10;
const PEOPLE = 9_000;
/** Share of people who share an address with others: a carrier's gateway or an office. */
const SHARED_SHARE = 0.25;
const SHARED_ADDRESSES = 40;
/** People whose address is in another country than they are: a VPN, a roaming phone. */
const ELSEWHERE_SHARE = 0.02;
/** Second clicks by a nervous finger. */
const DOUBLE_SHARE = 0.01;
const SIGNED_IN_SHARE = 0.7;

/** Share of a day's clicks by hour: a night, a morning, an evening peak. */
const RHYTHM = [2, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 7, 8, 9, 9, 8, 6, 4];

export const pick = <T>(random: () => number, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)] as T;
/** Exponential, with this mean. */
export const waiting = (random: () => number, mean: number): number => -Math.log(1 - random()) * mean;
export const address = (random: () => number): string =>
  [20 + Math.floor(random() * 180), 256, 256, 254]
    .map((limit, i) => (i === 0 ? limit : Math.floor(random() * limit)))
    .join('.');

/** An ad by its number, in its campaign. */
export function ad(number: number): Pick<ClickInput, 'ad_id' | 'campaign_id' | 'advertiser_id'> {
  const campaign = Math.floor(number / ADS_PER_CAMPAIGN);
  return {
    ad_id: `ad-${number}`,
    campaign_id: `c-${campaign}`,
    advertiser_id: `v-${Math.floor(campaign / 4)}`,
  };
}
/** Zipf's law: a few ads get most clicks. */
export const anyAd = (random: () => number) => ad(Math.floor(ADS ** random()) % ADS);

export const click = (
  fields: Omit<LabelledClick['input'], 'timestamp'>,
  atMs: number,
  from: string,
  family: Family,
): LabelledClick => ({
  input: { ...fields, timestamp: new Date(Math.round(atMs)).toISOString() },
  address: from,
  family,
});

/** A moment of the day, by the daily rhythm. */
function moment(random: () => number, startMs: number): number {
  const total = RHYTHM.reduce((sum, share) => sum + share, 0);
  let left = random() * total;
  const hour = RHYTHM.findIndex((share) => {
    left -= share;
    return left < 0;
  });
  return startMs + (Math.max(0, hour) + random()) * HOUR_MS;
}

/** People: sessions of a few clicks with human gaps, some behind shared addresses, some with another country. */
export function organic({ random, startMs, people }: Context): LabelledClick[] {
  const shared = Array.from({ length: SHARED_ADDRESSES }, () => address(random));
  const clicks: LabelledClick[] = [];
  for (let person = 0; person < PEOPLE; person++) {
    const from = random() < SHARED_SHARE ? pick(random, shared) : address(random);
    const fields = {
      ...(random() < SIGNED_IN_SHARE ? { user_id: `person-${person}-${startMs % 9_973}` } : {}),
      ...(random() < ELSEWHERE_SHARE ? { country: 'IS' } : {}),
      user_agent: pick(random, people),
      referrer: `https://site-${Math.floor(120 ** random())}.example/`,
    };
    // Some come once, a few are at it for an evening.
    const count = 1 + Math.floor(waiting(random, random() < 0.03 ? 25 : 1.6));
    let atMs = moment(random, startMs);
    for (let i = 0; i < count; i++) {
      const target = anyAd(random);
      clicks.push(click({ ...target, ...fields }, atMs, from, 'organic'));
      if (random() < DOUBLE_SHARE)
        clicks.push(click({ ...target, ...fields }, atMs + 150 + waiting(random, 500), from, 'double_click'));
      atMs += 4_000 + waiting(random, 90_000);
    }
  }
  return clicks;
}

/** Everything of a seed, in the order of time. */
export function makeTraffic(
  seed: number,
  startMs: number,
  agents: Pick<Context, 'people' | 'crawlers'>,
  attacks: readonly ((context: Context, people: readonly LabelledClick[]) => LabelledClick[])[],
): LabelledClick[] {
  const context: Context = { random: seededRandom(seed), startMs, ...agents };
  const people = organic(context);
  return [...people, ...attacks.flatMap((attack) => attack(context, people))].sort((a, b) =>
    a.input.timestamp < b.input.timestamp ? -1 : 1,
  );
}
