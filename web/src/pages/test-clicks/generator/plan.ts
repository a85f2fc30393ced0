import type { ClickInput } from '@clickledger/contract';
import { CAMPAIGNS, COUNTRIES, DEVICES } from './profiles.js';
import { pickWeighted, type Random } from './random.js';

/** Smallest and largest values of the generator's settings. */
export const GENERATOR_LIMITS = {
  clicks: { min: 1, max: 10_000 },
  ratePerSecond: { min: 1, max: 500 },
  duplicatePercent: { min: 0, max: 100 },
  fraudPercent: { min: 0, max: 100 },
} as const;

export interface GeneratorSettings {
  /** Requests to send in all, repeats included. */
  clicks: number;
  ratePerSecond: number;
  /** Share of the requests that send an earlier click again, in percent. */
  duplicatePercent: number;
  /** Share of the new clicks that come from one made-up user, in percent. */
  fraudPercent: number;
}

/** Velocity rules of the server: clicks a minute from one address, and from one user, above which they are flagged. */
export const ADDRESS_CLICKS_PER_MINUTE_MAX = 100;
export const USER_CLICKS_PER_MINUTE_MAX = 50;

/** A resend repeats one of this many clicks before it, so that they are still within the dedup window. */
const RESEND_REACH = 200;
const USERS = 5_000;
const ADS_PER_CAMPAIGN = 4;

/** One request of a run. */
export interface PlannedClick {
  /** When to send it, in milliseconds after the run's start. */
  atMs: number;
  click: ClickInput & { click_id: string };
  /** True when the same click was planned before. */
  resend: boolean;
}

/** The settings as whole numbers within their limits. */
export function clampSettings(settings: GeneratorSettings): GeneratorSettings {
  const clamp = (name: keyof GeneratorSettings) => {
    const { min, max } = GENERATOR_LIMITS[name];
    const value = Math.round(settings[name]);
    return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : min;
  };
  return {
    clicks: clamp('clicks'),
    ratePerSecond: clamp('ratePerSecond'),
    duplicatePercent: clamp('duplicatePercent'),
    fraudPercent: clamp('fraudPercent'),
  };
}

/** When request number `index` (from 0) is due, in milliseconds after the start. */
export const dueAtMs = (index: number, ratePerSecond: number): number => (index * 1_000) / ratePerSecond;

/** How many of the first `n` fall to a share in percent: spread evenly, and exact over the whole run. */
const quota = (n: number, percent: number): number => Math.floor((n * percent) / 100);

/** A plausible click of a random user. */
function makeClick(random: Random, newId: () => string, userId: string | null): PlannedClick['click'] {
  const campaign = pickWeighted(CAMPAIGNS, random);
  return {
    click_id: newId(),
    ...campaign,
    ad_id: `${campaign.campaign_id}-ad-${1 + Math.floor(random() * ADS_PER_CAMPAIGN)}`,
    user_id: userId ?? `demo-user-${1 + Math.floor(random() * USERS)}`,
    country: pickWeighted(COUNTRIES, random),
    ...pickWeighted(DEVICES, random),
  };
}

/**
 * Every request of a run, in the order they are due. Exactly `duplicatePercent` of them repeat an earlier click (the first
 * cannot), and `fraudPercent` of the new clicks come from one user. `botId` names that user; one for each run.
 */
export function planRun(
  settings: GeneratorSettings,
  random: Random,
  newId: () => string,
  botId: string,
): PlannedClick[] {
  const { clicks, ratePerSecond, duplicatePercent, fraudPercent } = clampSettings(settings);
  const plan: PlannedClick[] = [];
  const originals: PlannedClick['click'][] = [];
  for (let index = 0; index < clicks; index++) {
    const atMs = dueAtMs(index, ratePerSecond);
    const resend = originals.length > 0 && quota(index + 1, duplicatePercent) > index - originals.length;
    if (resend) {
      const reach = Math.min(RESEND_REACH, originals.length);
      const click = originals[originals.length - 1 - Math.floor(random() * reach)];
      if (click) plan.push({ atMs, click, resend });
    } else {
      const made = originals.length;
      const burst = quota(made + 1, fraudPercent) > quota(made, fraudPercent);
      const click = makeClick(random, newId, burst ? botId : null);
      originals.push(click);
      plan.push({ atMs, click, resend });
    }
  }
  return plan;
}

/** The fewest clicks of a run the address rule will flag, given that they all come from one browser. */
export function flaggedAtLeast(settings: GeneratorSettings): number {
  const { clicks, ratePerSecond, duplicatePercent } = clampSettings(settings);
  const minutes = Math.floor(dueAtMs(clicks, ratePerSecond) / 60_000) + 1;
  const originals = clicks - Math.min(quota(clicks, duplicatePercent), clicks - 1);
  return Math.max(0, originals - (minutes + 1) * ADDRESS_CLICKS_PER_MINUTE_MAX);
}
