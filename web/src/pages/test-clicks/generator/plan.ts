import type { ClickInput, DeviceType, RuleSettings } from '@clickledger/contract';
import { COUNTRIES, DEVICES, makePicker, type Random, type Weighted } from '@clickledger/traffic';
import type { BurstRule } from './bursts.js';
import { CAMPAIGNS } from './profiles.js';

/** Smallest and largest values of the generator's settings. */
export const GENERATOR_LIMITS = {
  ratePerSecond: { min: 1, max: 1_000 },
  seconds: { min: 1, max: 600 },
  duplicatePercent: { min: 0, max: 100 },
  fraudPercent: { min: 0, max: 100 },
} as const;

/** Most requests of one run, whatever its rate and length: a browser holds the plan of them all. */
export const REQUESTS_MAX = 100_000;

export interface GeneratorSettings {
  /** Requests a second, repeats included. */
  ratePerSecond: number;
  /** How long to send, in seconds. */
  seconds: number;
  /** Share of the requests that send an earlier click again, in percent. */
  duplicatePercent: number;
  /** What a repeat has in common with the click that it repeats. */
  duplicateBy: 'click_id' | 'idempotency_key';
  /** Share of the new clicks that come from one made-up user, in percent. */
  fraudPercent: number;
  /** Only this campaign, country or device; all of them, as often as they come up, when empty. */
  campaign: string;
  country: string;
  device: DeviceType | '';
  /** From one address, the browser's own, or from many made-up ones, which only a server believes that trusts the browser. */
  addresses: 'one' | 'many';
  /** Rules, each of which is to be tripped by a burst of its own after the other clicks. */
  bursts: readonly BurstRule[];
}
export type NumberSetting = keyof typeof GENERATOR_LIMITS;

/** A resend repeats one of this many clicks before it, so that they are still within the dedup window. */
const RESEND_REACH = 200;
const USERS = 5_000;
/** Made-up addresses: those that RFC 5737 keeps for documentation, 254 in each. */
const NETWORKS = ['192.0.2', '198.51.100', '203.0.113'] as const;
const HOSTS = 254;
const ADS_PER_CAMPAIGN = 4;

/** One request of a run. */
export interface PlannedClick {
  /** When to send it, in milliseconds after the run's start. */
  atMs: number;
  click: ClickInput & { click_id: string };
  /** What the request claims to come from; null for the browser's own address. */
  address: string | null;
  /** Sent as `Idempotency-Key`, in place of the click's own id; null sends the id. */
  key: string | null;
  /** True when the same click was planned before. */
  resend: boolean;
}

/** The settings as whole numbers within their limits. */
export function clampSettings(settings: GeneratorSettings): GeneratorSettings {
  const clamp = (name: NumberSetting) => {
    const { min, max } = GENERATOR_LIMITS[name];
    const value = Math.round(settings[name]);
    return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : min;
  };
  return {
    ...settings,
    seconds: clamp('seconds'),
    ratePerSecond: clamp('ratePerSecond'),
    duplicatePercent: clamp('duplicatePercent'),
    fraudPercent: clamp('fraudPercent'),
  };
}

/** How many requests a run sends. */
export function requestsOf(settings: GeneratorSettings): number {
  const { ratePerSecond, seconds } = clampSettings(settings);
  return Math.min(REQUESTS_MAX, ratePerSecond * seconds);
}

/** When request number `index` (from 0) is due, in milliseconds after the start. */
export const dueAtMs = (index: number, ratePerSecond: number): number => (index * 1_000) / ratePerSecond;

/** How many of the first `n` fall to a share in percent: spread evenly, and exact over the whole run. */
const quota = (n: number, percent: number): number => Math.floor((n * percent) / 100);

const makeAddress = (random: Random) =>
  `${NETWORKS[Math.floor(random() * NETWORKS.length)]}.${1 + Math.floor(random() * HOSTS)}`;

/** A plausible click of a random user. */
function makeClick(
  random: Random,
  newId: () => string,
  userId: string | null,
  { campaign: only, country, device }: GeneratorSettings,
): PlannedClick['click'] {
  const pick = <T>(values: Weighted<T>, fits: (value: T) => boolean): T => {
    const fitting = values.filter(([value]) => fits(value));
    return makePicker(fitting.length > 0 ? fitting : values)(random);
  };
  const campaign = pick(CAMPAIGNS, ({ campaign_id: id }) => only === '' || id === only);
  return {
    click_id: newId(),
    ...campaign,
    ad_id: `${campaign.campaign_id}-ad-${1 + Math.floor(random() * ADS_PER_CAMPAIGN)}`,
    user_id: userId ?? `demo-user-${1 + Math.floor(random() * USERS)}`,
    country: pick(COUNTRIES, (code) => country === '' || code === country),
    ...pick(DEVICES, ({ device_type: type }) => device === '' || type === device),
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
  const clamped = clampSettings(settings);
  const { ratePerSecond, duplicatePercent, duplicateBy, fraudPercent, addresses } = clamped;
  const plan: PlannedClick[] = [];
  const originals: Omit<PlannedClick, 'atMs' | 'resend'>[] = [];
  for (let index = 0; index < requestsOf(clamped); index++) {
    const atMs = dueAtMs(index, ratePerSecond);
    const resend = originals.length > 0 && quota(index + 1, duplicatePercent) > index - originals.length;
    if (resend) {
      const reach = Math.min(RESEND_REACH, originals.length);
      const original = originals[originals.length - 1 - Math.floor(random() * reach)];
      if (original) plan.push({ ...original, atMs, resend });
    } else {
      const made = originals.length;
      const burst = quota(made + 1, fraudPercent) > quota(made, fraudPercent);
      const click = makeClick(random, newId, burst ? botId : null, clamped);
      const original = {
        click,
        address: addresses === 'many' ? makeAddress(random) : null,
        key: duplicateBy === 'idempotency_key' ? click.click_id : null,
      };
      originals.push(original);
      plan.push({ ...original, atMs, resend });
    }
  }
  return plan;
}

/**
 * The fewest clicks of a run that the rule about one IP will flag, given that they all come from one browser.
 *
 * @param rule the rule in force
 */
export function flaggedAtLeast(settings: GeneratorSettings, rule: RuleSettings['velocity_ip']): number {
  const { ratePerSecond, duplicatePercent, addresses } = clampSettings(settings);
  if (addresses === 'many' || rule.state !== 'on') return 0;
  const clicks = requestsOf(settings);
  const windows = Math.floor(dueAtMs(clicks, ratePerSecond) / (rule.window_seconds * 1_000)) + 1;
  const originals = clicks - Math.min(quota(clicks, duplicatePercent), clicks - 1);
  // A run may begin in the middle of a window.
  return Math.max(0, originals - (windows + 1) * rule.count_max);
}
