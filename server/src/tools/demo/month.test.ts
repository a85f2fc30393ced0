import { describe, expect, it } from 'vitest';
import { openCountryLookup } from '../../enrich/country.js';
import { findAddresses } from './addresses.js';
import { ATTACKS } from './attacks.js';
import { CAMPAIGNS } from './catalogue.js';
import { attackCount, type DemoClick, monthOfClicks } from './month.js';
import { DEMO_COUNTRIES } from './people.js';
import { DAYS, HOUR_MS, planMonth } from './plan.js';

const COUNT = 60_000;
const END_MS = Date.parse('2026-11-24T20:17:00Z');
const SEED = 1;
const lookup = await openCountryLookup();
const addressIn = findAddresses(lookup, DEMO_COUNTRIES);
const plan = planMonth(COUNT - attackCount(COUNT), END_MS, SEED);
const make = (seed = SEED) => [
  ...monthOfClicks(planMonth(COUNT - attackCount(COUNT), END_MS, seed), {
    clickCount: COUNT,
    tenantId: 1,
    seed,
    addressIn,
  }),
];
const clicks = make();
const timeOf = ({ input }: DemoClick) => Date.parse(input.timestamp ?? '');
const isAttack = ({ input }: DemoClick) => ATTACKS.some((attack) => attack.publisher === input.referrer);
const honest = clicks.filter((click) => !isAttack(click));

describe('the demo month', () => {
  it('has as many clicks as asked for, in the order of their times, within 30 days', () => {
    expect(clicks).toHaveLength(COUNT);
    const times = clicks.map(timeOf);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(END_MS - DAYS * 24 * HOUR_MS);
    expect(times.at(-1)).toBeLessThan(END_MS);
    expect(new Set(clicks.map(({ input }) => input.click_id)).size).toBe(COUNT);
  });

  it('is the same for the same seed, another for another', () => {
    expect(make()).toEqual(clicks);
    expect(make(2)[0]).not.toEqual(clicks[0]);
  });

  it('has nights and weekends', () => {
    const count = (is: (date: Date) => boolean) =>
      honest.filter((click) => is(new Date(timeOf(click)))).length;
    expect(count((date) => date.getUTCHours() === 4)).toBeLessThan(
      count((date) => date.getUTCHours() === 19) / 3,
    );
    const office = honest.filter(({ input }) => input.campaign_id === 'qb-trial');
    const perDay = (day: number) =>
      office.filter((click) => new Date(timeOf(click)).getUTCDay() === day).length;
    expect(perDay(0)).toBeLessThan(perDay(3) * 0.7);
  });

  it('has campaigns that start and stop', () => {
    for (const campaign of CAMPAIGNS) {
      const days = honest
        .filter(({ input }) => input.campaign_id === campaign.campaignId)
        .map((click) => (timeOf(click) - plan.startMs) / (24 * HOUR_MS));
      expect(Math.min(...days)).toBeGreaterThanOrEqual(campaign.fromDay);
      expect(Math.max(...days)).toBeLessThan(campaign.toDay);
    }
  });

  it('has campaigns that run out of budget in the day, and never spend more', () => {
    for (const [i, campaign] of CAMPAIGNS.entries()) {
      const budget = plan.dailyBudgetsMicros[i];
      if (budget === null || budget === undefined) continue;
      const byDay = new Map<number, number>();
      for (const click of honest)
        if (click.input.campaign_id === campaign.campaignId) {
          const day = Math.floor(timeOf(click) / (24 * HOUR_MS));
          byDay.set(day, (byDay.get(day) ?? 0) + campaign.costPerClickMicros);
        }
      const spends = [...byDay.values()];
      // Hours are cut at a whole click, and a day may begin in the middle of an hour.
      expect(Math.max(...spends)).toBeLessThanOrEqual(budget + 3 * campaign.costPerClickMicros);
      expect(spends.filter((spend) => spend > 0.97 * budget).length).toBeGreaterThan(spends.length / 3);
    }
  });

  it('has addresses in the countries that its clicks name, but for one or two of a hundred people', () => {
    const elsewhere = honest.filter(({ address, input }) => lookup.lookup(address) !== input.country);
    expect(elsewhere.length / honest.length).toBeLessThan(0.03);
    expect(elsewhere.length).toBeGreaterThan(0);
    // As many people as there are, and not a few addresses for all of them.
    expect(new Set(honest.map(({ address }) => address)).size).toBeGreaterThan(honest.length / 4);
  });

  it('has two attacks among the clicks', () => {
    expect(clicks.filter(isAttack)).toHaveLength(attackCount(COUNT));
    for (const attack of ATTACKS)
      expect(clicks.some(({ input }) => input.referrer === attack.publisher)).toBe(true);
  });
});
