import { CAMPAIGNS } from './catalogue.js';
import type { Person } from './people.js';

export interface Attack {
  /** Hour of the month in which it begins. */
  hour: number;
  /** Its part of all clicks of the month. */
  share: number;
  /** What the rules see it by; a smaller month has a shorter attack, not a slower one. */
  clicksPerMinute: number;
  /** Place in the catalogue of the campaign it is after. */
  campaign: number;
  publisher: string;
  person: (random: () => number) => Person;
}

const HEADLESS =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const campaignAt = (id: string) => CAMPAIGNS.findIndex((campaign) => campaign.campaignId === id);

/**
 * A rival's script that burns an expensive budget from three addresses in one night (velocity by address), and a publisher
 * whose dozen accounts click for each other through a thousand addresses (velocity by user).
 */
export const ATTACKS: readonly Attack[] = [
  {
    hour: 9 * 24 + 2,
    share: 0.011,
    clicksPerMinute: 3 * 250,
    campaign: campaignAt('lu-switch'),
    publisher: 'https://cheap-deals.example/',
    person: (random) => ({
      userId: null,
      address: `45.13.37.${1 + Math.floor(random() * 3)}`,
      country: 'NL',
      userAgent: HEADLESS,
    }),
  },
  {
    hour: 20 * 24 + 14,
    share: 0.009,
    clicksPerMinute: 12 * 75,
    campaign: campaignAt('ti-launch'),
    publisher: 'https://free-coins.example/',
    person: (random) => ({
      userId: `farm-${String(1 + Math.floor(random() * 12)).padStart(2, '0')}`,
      address: `103.${Math.floor(random() * 4)}.${Math.floor(random() * 256)}.7`,
      country: 'SG',
      userAgent:
        'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
    }),
  },
];

/** Shortest and longest attack, in minutes. */
const MINUTES_MIN = 5;
const MINUTES_MAX = 55;

/** Clicks of an attack in a month of so many: at most a tenth of them all, so that a small month is still one. */
export const attackClicks = ({ share, clicksPerMinute }: Attack, clickCount: number): number =>
  Math.min(
    Math.max(Math.floor(clickCount * share), MINUTES_MIN * clicksPerMinute),
    Math.floor(clickCount / 10),
  );

/** How long it takes. */
export const attackMinutes = (attack: Attack, clickCount: number): number =>
  Math.min(attackClicks(attack, clickCount) / attack.clicksPerMinute, MINUTES_MAX);
