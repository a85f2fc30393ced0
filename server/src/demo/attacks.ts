import { CAMPAIGNS } from './catalogue.js';
import type { Person } from './people.js';

export interface Attack {
  /** Hour of the month in which it begins. */
  hour: number;
  minutes: number;
  /** Its part of all clicks of the month; never so few that no rule would see it. */
  share: number;
  clicksMin: number;
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
    minutes: 30,
    share: 0.011,
    clicksMin: 30 * 3 * 120,
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
    minutes: 20,
    share: 0.009,
    clicksMin: 20 * 12 * 60,
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

/** Clicks of an attack in a month of so many: at most a tenth of them all, so that a small month is still one. */
export const attackClicks = ({ share, clicksMin }: Attack, clickCount: number): number =>
  Math.min(Math.max(Math.floor(clickCount * share), clicksMin), Math.floor(clickCount / 20));
