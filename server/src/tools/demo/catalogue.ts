/** When a campaign gets its clicks. `office`: working hours and days. `evening`: at home. `flat`: machines and the whole world. */
export type Rhythm = 'office' | 'evening' | 'flat';

export interface DemoCampaign {
  campaignId: string;
  advertiserId: string;
  name: string;
  costPerClickMicros: number;
  /** Clicks it would get beside the others. */
  weight: number;
  rhythm: Rhythm;
  /** Days of the month, 0 to 30, that it runs. */
  fromDay: number;
  toDay: number;
  /** Its daily budget as a part of what a usual day would cost; null: no limit. */
  budgetShare: number | null;
  ads: readonly string[];
}

export const ADVERTISERS: Readonly<Record<string, string>> = {
  'adv-northpeak': 'Northpeak Outdoor',
  'adv-lumen': 'Lumen Energy',
  'adv-quillbook': 'Quillbook',
  'adv-orchard': 'Orchard Street Grocers',
  'adv-tidal': 'Tidal Games',
};

type Row = [string, string, string, number, number, Rhythm, number, number, number | null, string[]];

const ROWS: Row[] = [
  [
    'np-autumn-jackets',
    'adv-northpeak',
    'Autumn jackets',
    420_000,
    16,
    'evening',
    0,
    30,
    null,
    ['Down, 1:1', 'Rain shell, 1:1', 'Layers, story'],
  ],
  [
    'np-trail-shoes',
    'adv-northpeak',
    'Trail shoes retargeting',
    310_000,
    8,
    'evening',
    0,
    30,
    0.7,
    ['Carousel', 'Single shoe'],
  ],
  [
    'np-clearance',
    'adv-northpeak',
    'Summer clearance',
    180_000,
    10,
    'evening',
    0,
    11,
    null,
    ['50 % off', 'Last sizes'],
  ],
  [
    'lu-switch',
    'adv-lumen',
    'Switch in five minutes',
    1_900_000,
    7,
    'office',
    0,
    30,
    0.75,
    ['Savings calculator', 'Testimonial', 'Green tariff'],
  ],
  [
    'lu-solar',
    'adv-lumen',
    'Solar roof check',
    2_600_000,
    4,
    'office',
    6,
    30,
    null,
    ['Roof photo', 'Subsidy'],
  ],
  [
    'qb-trial',
    'adv-quillbook',
    'Free trial, search',
    1_150_000,
    12,
    'office',
    0,
    30,
    null,
    ['Headline A', 'Headline B', 'Headline C'],
  ],
  [
    'qb-templates',
    'adv-quillbook',
    'Template library',
    540_000,
    7,
    'office',
    9,
    30,
    null,
    ['Invoices', 'Proposals'],
  ],
  [
    'or-weekly',
    'adv-orchard',
    'Weekly offers',
    95_000,
    14,
    'evening',
    0,
    30,
    null,
    ['Fruit', 'Bread', 'Coffee'],
  ],
  [
    'or-delivery',
    'adv-orchard',
    'Same-day delivery',
    260_000,
    6,
    'evening',
    0,
    23,
    null,
    ['Van', 'Doorstep'],
  ],
  [
    'ti-launch',
    'adv-tidal',
    'Deep Current launch',
    230_000,
    18,
    'evening',
    16,
    30,
    null,
    ['Trailer, 15 s', 'Trailer, 6 s', 'Playable'],
  ],
  [
    'ti-preregister',
    'adv-tidal',
    'Deep Current pre-registration',
    140_000,
    9,
    'flat',
    2,
    16,
    0.8,
    ['Countdown', 'Concept art'],
  ],
];

export const CAMPAIGNS: readonly DemoCampaign[] = ROWS.map((row) => ({
  campaignId: row[0],
  advertiserId: row[1],
  name: row[2],
  costPerClickMicros: row[3],
  weight: row[4],
  rhythm: row[5],
  fromDay: row[6],
  toDay: row[7],
  budgetShare: row[8],
  ads: row[9],
}));

/** The id of a campaign's ad. */
export const adId = (campaign: DemoCampaign, index: number): string => `${campaign.campaignId}-${index + 1}`;
