import { seededRandom } from '@clickledger/traffic';
import { CAMPAIGNS, type DemoCampaign, type Rhythm } from './catalogue.js';

export const DAYS = 30;
export const HOUR_MS = 3_600_000;
const HOURS = DAYS * 24;

/** Clicks by hour of the day in UTC, for an audience in Europe and America. */
const RHYTHMS: Record<Rhythm, readonly number[]> = {
  office: [3, 2, 2, 2, 2, 3, 6, 12, 18, 21, 21, 19, 17, 20, 24, 25, 24, 21, 17, 13, 11, 9, 7, 5],
  evening: [12, 9, 6, 4, 3, 3, 4, 6, 8, 9, 10, 12, 13, 12, 12, 13, 15, 18, 22, 25, 26, 24, 20, 16],
  flat: [12, 11, 11, 10, 10, 10, 11, 12, 12, 13, 13, 13, 13, 13, 13, 13, 13, 14, 14, 15, 15, 14, 13, 12],
};
/** Sunday to Saturday. */
const WEEKDAYS: Record<Rhythm, readonly number[]> = {
  office: [0.45, 1.05, 1.12, 1.1, 1.08, 0.95, 0.42],
  evening: [1.22, 0.92, 0.9, 0.92, 0.96, 1.08, 1.24],
  flat: [1, 1, 1, 1, 1, 1, 1],
};

export interface DemoPlan {
  /** Clicks of each campaign (in the order of the catalogue) in each hour from the start. */
  hours: readonly (readonly number[])[];
  startMs: number;
  /** In the order of the catalogue; null: no limit. */
  dailyBudgetsMicros: readonly (number | null)[];
}

/** What each hour would bring without budgets, in no unit. */
function wishes(campaign: DemoCampaign, startMs: number, random: () => number): number[] {
  return Array.from({ length: HOURS }, (_, hour) => {
    const day = hour / 24;
    if (day < campaign.fromDay || day >= campaign.toDay) return 0;
    const time = new Date(startMs + (hour + 0.5) * HOUR_MS);
    const daily = RHYTHMS[campaign.rhythm][time.getUTCHours()] ?? 0;
    const weekly = WEEKDAYS[campaign.rhythm][time.getUTCDay()] ?? 1;
    // A launch begins with a rush, and every campaign is a little tired at its end.
    const age = (day - campaign.fromDay) / (campaign.toDay - campaign.fromDay);
    const life = campaign.fromDay > 0 ? 1 + 0.8 * Math.exp(-age * 8) : 1.05 - 0.1 * age;
    return campaign.weight * daily * weekly * life * (0.9 + 0.2 * random());
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

/** Clicks stop in the hour of the (UTC) day in which the day's budget is spent. */
function withinBudget(clicks: readonly number[], clicksADayMax: number, startMs: number): number[] {
  let day = -1;
  let left = 0;
  return clicks.map((wanted, hour) => {
    const today = Math.floor((startMs + hour * HOUR_MS) / (24 * HOUR_MS));
    if (today !== day) {
      day = today;
      left = clicksADayMax;
    }
    const taken = Math.min(wanted, left);
    left -= taken;
    return taken;
  });
}

/** Spreads `clickCount` clicks over the 30 days before `endMs`: the same for the same arguments. */
export function planMonth(clickCount: number, endMs: number, seed: number): DemoPlan {
  const startMs = endMs - HOURS * HOUR_MS;
  const random = seededRandom(seed);
  const raw = CAMPAIGNS.map((campaign) => wishes(campaign, startMs, random));
  const scale = clickCount / sum(raw.map(sum));
  const limits = CAMPAIGNS.map((campaign, i) => {
    const days = campaign.toDay - campaign.fromDay;
    return campaign.budgetShare === null
      ? null
      : Math.max(1, Math.floor((sum(raw[i] ?? []) * scale * campaign.budgetShare) / days));
  });
  const limited = raw.map((hours, i) => {
    const scaled = hours.map((one) => one * scale);
    const limit = limits[i];
    return limit === null || limit === undefined ? scaled : withinBudget(scaled, limit, startMs);
  });
  // What the budgets cut off, the campaigns without one get, so that the sum is right.
  const isLimited = (i: number) => limits[i] !== null;
  const spent = sum(limited.filter((_, i) => isLimited(i)).map(sum));
  const others = sum(limited.filter((_, i) => !isLimited(i)).map(sum));
  const rest = (clickCount - spent) / others;
  return {
    startMs,
    hours: roundTo(
      limited.map((hours, i) => (isLimited(i) ? hours : hours.map((one) => one * rest))),
      clickCount,
    ),
    dailyBudgetsMicros: CAMPAIGNS.map((campaign, i) => {
      const limit = limits[i];
      return limit === null || limit === undefined ? null : limit * campaign.costPerClickMicros;
    }),
  };
}

/** Whole numbers that add up to `total`: what a number loses by rounding down, the next one gets. */
function roundTo(numbers: readonly (readonly number[])[], total: number): number[][] {
  let exact = 0;
  let given = 0;
  const rounded = numbers.map((row) =>
    row.map((one) => {
      exact += one;
      const whole = Math.floor(exact + 1e-6) - given;
      given += whole;
      return whole;
    }),
  );
  // Floating point may leave one over.
  const first = rounded[0]?.findIndex((one) => one > 0) ?? -1;
  const row = rounded[0];
  if (row && first >= 0) row[first] = (row[first] ?? 0) + total - given;
  return rounded;
}
