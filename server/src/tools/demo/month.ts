import type { ClickInput } from '@clickledger/contract';
import { seededRandom } from '@clickledger/traffic';
import { uuidFrom } from '../../ingest/derive-id.js';
import type { AddressIn } from './addresses.js';
import { ATTACKS, attackClicks, attackMinutes } from './attacks.js';
import { adId, CAMPAIGNS } from './catalogue.js';
import { type Person, personOf, pickPublisher } from './people.js';
import { type DemoPlan, HOUR_MS } from './plan.js';

/** A made-up click, before it is checked and enriched like any other. */
export interface DemoClick {
  input: ClickInput;
  address: string;
  /** Of one of the attacks. */
  isAttack: boolean;
}

/** People among whom the clicks are spread: so many for each click, most of them seldom seen. */
const PEOPLE_PER_CLICK = 0.45;

/** How many of the month's clicks are the attacks'. */
export const attackCount = (clickCount: number): number =>
  ATTACKS.reduce((sum, attack) => sum + attackClicks(attack, clickCount), 0);

/** The click that this person makes at this moment. Its id depends on seed and number alone: made again, it is a repeat. */
export function demoClick(
  person: Person,
  atMs: number,
  place: { campaign: number; ad: number; publisher: string },
  id: string,
): DemoClick {
  const campaign = CAMPAIGNS[place.campaign] as (typeof CAMPAIGNS)[number];
  return {
    address: person.address,
    isAttack: false,
    input: {
      click_id: id,
      ad_id: adId(campaign, place.ad),
      campaign_id: campaign.campaignId,
      advertiser_id: campaign.advertiserId,
      ...(person.userId === null ? {} : { user_id: person.userId }),
      country: person.country,
      user_agent: person.userAgent,
      referrer: place.publisher,
      timestamp: new Date(atMs).toISOString(),
    },
  };
}

/** A person at random: some come again and again, most once or twice. */
export const anyPerson = (random: () => number, people: number, seed: number, addressIn: AddressIn): Person =>
  personOf(Math.floor(random() ** 1.6 * people), seed, addressIn);

/** An ad of the campaign: the first does best. */
export const anyAd = (random: () => number, campaign: number): number =>
  Math.floor(random() ** 1.7 * (CAMPAIGNS[campaign]?.ads.length ?? 1));

/** The clicks of the month in the order of their times, attacks among them: the same for the same plan and seed. */
export function* monthOfClicks(
  plan: DemoPlan,
  options: { clickCount: number; tenantId: number; seed: number; addressIn: AddressIn },
): Generator<DemoClick> {
  const { clickCount, tenantId, seed, addressIn } = options;
  const random = seededRandom(seed ^ 0x5eed);
  const people = Math.max(10, Math.floor(clickCount * PEOPLE_PER_CLICK));
  let serial = 0;
  const nextId = () => uuidFrom('demo', tenantId, `${seed}\0${serial++}`);
  const hourCount = plan.hours[0]?.length ?? 0;
  for (let hour = 0; hour < hourCount; hour++) {
    const clicks: { atMs: number; make: () => DemoClick }[] = [];
    for (const [campaign, hours] of plan.hours.entries())
      for (let i = hours[hour] ?? 0; i > 0; i--) {
        const atMs = Math.floor(plan.startMs + (hour + random()) * HOUR_MS);
        const place = { campaign, ad: anyAd(random, campaign), publisher: pickPublisher(random) };
        const person = anyPerson(random, people, seed, addressIn);
        clicks.push({ atMs, make: () => demoClick(person, atMs, place, nextId()) });
      }
    for (const attack of ATTACKS)
      if (attack.hour === hour) {
        const minutes = attackMinutes(attack, clickCount);
        for (let i = 0; i < attackClicks(attack, clickCount); i++) {
          const atMs = Math.floor(plan.startMs + hour * HOUR_MS + random() * minutes * 60_000);
          const place = { campaign: attack.campaign, ad: 0, publisher: attack.publisher };
          const person = attack.person(random);
          const make = () => ({ ...demoClick(person, atMs, place, nextId()), isAttack: true });
          clicks.push({ atMs, make });
        }
      }
    clicks.sort((a, b) => a.atMs - b.atMs);
    for (const { make } of clicks) yield make();
  }
}
