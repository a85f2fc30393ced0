import { LIMITS } from '@clickledger/contract';
import fc from 'fast-check';

// What happens in an account, as random steps. `click` of a verdict is any number: the account takes it modulo its clicks.

const CAMPAIGNS = ['c-1', 'c-2', '=c'] as const;
const ADVERTISERS = ['acme', 'bolt', 'Ünal'] as const;
const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/Los_Angeles'] as const;
const CURRENCIES = ['USD', 'EUR', 'VND'] as const;
const PRICES = [0, 1, 95_000, 250_000, 333_333, LIMITS.costPerClickMicrosMax] as const;

const plain = { noNullPrototype: true } as const;
const campaign = fc.constantFrom(...CAMPAIGNS);
const advertiser = fc.constantFrom(...ADVERTISERS);
/** Most clicks are sent when they happen; an import brings those of weeks and months before. */
const daysAgo = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 2, arbitrary: fc.nat(75) });

const click = fc.record(
  {
    do: fc.constant('click' as const),
    campaign,
    advertiser,
    daysAgo,
    flagged: fc.boolean(),
    count: fc.integer({ min: 1, max: 4 }),
  },
  plain,
);
const judge = fc.record(
  { do: fc.constant('judge' as const), click: fc.nat(), flagged: fc.boolean(), byPerson: fc.boolean() },
  plain,
);
const price = fc.record(
  { do: fc.constant('price' as const), campaign, micros: fc.constantFrom(...PRICES) },
  plain,
);
const move = fc.record({ do: fc.constant('move' as const), campaign, advertiser }, plain);
const wait = fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 2, max: 16 }) }, plain);
const settings = fc.record(
  {
    do: fc.constant('settings' as const),
    billing_zone: fc.constantFrom(...ZONES),
    currency: fc.constantFrom(...CURRENCIES),
  },
  plain,
);
const close = fc.constant({ do: 'close' as const });
const retain = fc.constant({ do: 'retain' as const });

const step = fc.oneof(
  { weight: 8, arbitrary: click },
  { weight: 6, arbitrary: judge },
  { weight: 2, arbitrary: price },
  { weight: 1, arbitrary: move },
  { weight: 4, arbitrary: wait },
  { weight: 3, arbitrary: close },
  { weight: 1, arbitrary: settings },
  { weight: 1, arbitrary: retain },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A life begins with prices, most of them not 0, and one currency and zone. */
export const life = fc
  .tuple(
    settings,
    fc.array(fc.constantFrom(...PRICES), { minLength: CAMPAIGNS.length, maxLength: CAMPAIGNS.length }),
    fc.array(step, { minLength: 15, maxLength: 60, size: 'max' }),
  )
  .map(([first, prices, steps]): Step[] => [
    first,
    ...CAMPAIGNS.map((id, i) => ({ do: 'price' as const, campaign: id, micros: prices[i] ?? 0 })),
    ...steps,
  ]);

/** A credit that was found after its month was closed, and whose click retention drops before the credit is billed. */
export const creditOutlivesClick: Step[] = [
  { do: 'settings', billing_zone: 'UTC', currency: 'USD' },
  { do: 'price', campaign: 'c-1', micros: 250_000 },
  { do: 'click', campaign: 'c-1', advertiser: 'acme', daysAgo: 0, flagged: false, count: 2 },
  { do: 'wait', days: 16 },
  { do: 'wait', days: 16 },
  { do: 'close' },
  { do: 'judge', click: 0, flagged: true, byPerson: false },
  { do: 'wait', days: 14 },
  { do: 'retain' },
  { do: 'wait', days: 16 },
  { do: 'close' },
];
