import type { ConversionAction, ConversionInput } from '@clickledger/contract';
import { seededRandom } from '@clickledger/traffic';
import type { DemoClick } from './month.js';

const DAY_MS = 86_400_000;
/** A day less than the age at which an action no longer takes a conversion, unless it is set up otherwise. */
export const SALE_AGE_MS_MAX = 29 * DAY_MS;

/** What an advertiser's visitors do: how many of them, and what it is worth in a usual case, in the account's currency. */
interface Sale {
  action: string;
  share: number;
  value: number | null;
}
const SALES: Readonly<Record<string, Sale>> = {
  'adv-northpeak': { action: 'sale', share: 0.009, value: 64 },
  'adv-lumen': { action: 'lead', share: 0.013, value: 18 },
  'adv-quillbook': { action: 'signup', share: 0.021, value: null },
  'adv-orchard': { action: 'sale', share: 0.011, value: 37 },
  'adv-tidal': { action: 'install', share: 0.016, value: 1.2 },
};
/** Of these some buy too, days later. */
const TRIALS_THAT_PAY = 0.2;

export interface SaleOptions {
  fromMs: number;
  untilMs: number;
  currency: string;
}

/** The conversion actions of the demo by name. */
export const DEMO_ACTIONS: Readonly<
  Record<string, Pick<ConversionAction, 'name'> & Partial<Pick<ConversionAction, 'counting'>>>
> = {
  sale: { name: 'Sale' },
  lead: { name: 'Lead', counting: 'one_per_click' },
  signup: { name: 'Sign-up', counting: 'one_per_click' },
  install: { name: 'Install', counting: 'one_per_click' },
};

/**
 * The conversions that a click leads to; none for most clicks, nor for those of an attack. The same for the same click.
 *
 * @param options.fromMs, options.untilMs none is earlier, and none later
 * @param options.currency of the account
 */
export function salesOf(
  { input, isAttack }: DemoClick,
  { fromMs, untilMs, currency }: SaleOptions,
): ConversionInput[] {
  const sale = SALES[input.advertiser_id];
  const { click_id: clickId = '', timestamp = '' } = input;
  const random = seededRandom(Number.parseInt(clickId.slice(-8), 16));
  if (!sale || isAttack || random() >= sale.share * liking(input.user_agent, input.country)) return [];
  // Half within a quarter of an hour, some after days.
  const atMs = Date.parse(timestamp) + 60_000 * 15 * (random() / (1 - random())) ** 1.4;
  const made = [conversion(clickId, sale.action, atMs, amountOf(sale.value, currency, random))];
  if (sale.value === null && random() < TRIALS_THAT_PAY)
    made.push(
      conversion(clickId, 'sale', atMs + DAY_MS * (2 + 9 * random()), amountOf(96, currency, random)),
    );
  return made.filter((one) => {
    const ms = Date.parse(one.timestamp ?? '');
    return ms >= fromMs && ms <= untilMs;
  });
}

/** People buy more at a desk, and more in the advertisers' own countries. */
const liking = (userAgent = '', country = '') =>
  (userAgent.includes('Mobile') ? 0.8 : 1.2) * (country === 'DE' || country === 'US' ? 1.15 : 0.9);

const conversion = (
  clickId: string,
  action: string,
  atMs: number,
  amount: Pick<ConversionInput, 'value' | 'currency'>,
): ConversionInput => ({
  action,
  click_id: clickId,
  order_id: `demo-${action}-${clickId.slice(0, 13)}`,
  timestamp: new Date(atMs).toISOString(),
  ...amount,
});

/** Between a third of the usual value and three times it; none where there is none. */
function amountOf(usual: number | null, currency: string, random: () => number) {
  if (usual === null) return {};
  return { value: (usual * 3 ** (2 * random() - 1)).toFixed(2), currency };
}
