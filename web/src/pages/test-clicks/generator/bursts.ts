import { RULES, type RuleName, type RuleSettings } from '@clickledger/contract';
import { CRAWLER, DEVICES, HEADLESS } from '@clickledger/traffic';
import type { PlannedClick } from './plan.js';

/** The rules at ingestion that a burst can trip: all but the lists, which name somebody. */
export const BURST_RULES = [
  'velocity_ip',
  'velocity_user',
  'duplicate_click',
  'bot_user_agent',
  'headless_browser',
  'missing_user_agent',
  'geo_mismatch',
  'datacenter_ip',
  'ad_burst',
] as const satisfies RuleName[];
export type BurstRule = (typeof BURST_RULES)[number];

/** Bursts are of campaigns of their own, so that what a rule says of one is not mixed with the rest. */
export const burstCampaign = (rule: BurstRule): string => `demo-attack-${rule.replaceAll('_', '-')}`;

/** What a burst is expected to do. */
export interface BurstPlan {
  rule: BurstRule;
  adId: string;
  clicks: PlannedClick[];
  /** Clicks on which the rule fires, at least. */
  firesMin: number;
  /** What the server must be set to, beside the rule itself. */
  needs: 'nothing' | 'trusted' | 'trusted and ranges';
}

/** Clicks above a rule's limit, and clicks of a rule without one. */
const ABOVE = 10;
const BURST_EVERY_MS = 10;
/** Clicks of the hour before, so that an ad has a baseline that it can be far above. */
const BASELINE_CLICKS = 30;
const BASELINE_MINUTES = 55;
/** Counts of an ad are of the batches before: so many clicks may be on their way and not be counted yet. */
const UNDER_WAY_MAX = 40;
const MINUTE_MS = 60_000;

/** Of a public resolver, which every list of countries has in the United States. */
const ADDRESS_IN_US = '8.8.8.8';
/** Of a large hosting company, in Germany, for servers whose list of data centres has it. */
const ADDRESS_IN_DATACENTER = '5.9.0.1';
/** Kept for documentation (RFC 5737): in no country. */
const ADDRESS_NOWHERE = '192.0.2.250';
const addressNowhere = (i: number) => `198.51.100.${1 + (i % 254)}`;

/** What bursts are made from. */
export interface BurstParts {
  newId: () => string;
  /** Differs by run, so that nobody's earlier clicks count. */
  runId: string;
  /** The server's clock, in milliseconds since 1970. */
  nowMs: number;
  settings: RuleSettings;
}

interface Shape {
  count: number;
  firesMin: number;
  /** What is special about click `i`. */
  fields: (i: number) => Partial<PlannedClick['click']>;
  address?: string;
  needs?: BurstPlan['needs'];
}

function shapeOf(rule: BurstRule, { runId, nowMs, settings }: BurstParts): Shape {
  const alone = (i: number) => `demo-attacker-${runId}-${rule}-${i}`;
  const each = (fields: Partial<PlannedClick['click']>) => (i: number) => ({ user_id: alone(i), ...fields });
  switch (rule) {
    case 'velocity_ip': {
      const limit = settings.velocity_ip.count_max;
      return { count: limit + ABOVE, firesMin: ABOVE, fields: each({}), address: ADDRESS_NOWHERE };
    }
    case 'velocity_user': {
      const limit = settings.velocity_user.count_max;
      return { count: limit + ABOVE, firesMin: ABOVE, fields: () => ({ user_id: alone(0) }) };
    }
    case 'duplicate_click':
      return { count: 2 * ABOVE, firesMin: ABOVE, fields: (i) => ({ user_id: alone(Math.floor(i / 2)) }) };
    case 'bot_user_agent':
      return { count: ABOVE, firesMin: ABOVE, fields: each({ user_agent: CRAWLER }) };
    case 'headless_browser':
      return { count: ABOVE, firesMin: ABOVE, fields: each({ user_agent: HEADLESS }) };
    case 'missing_user_agent':
      return { count: ABOVE, firesMin: ABOVE, fields: each({ user_agent: '-' }) };
    case 'geo_mismatch':
      return {
        count: ABOVE,
        firesMin: ABOVE,
        fields: each({ country: 'DE' }),
        address: ADDRESS_IN_US,
        needs: 'trusted',
      };
    case 'datacenter_ip':
      return {
        // From where the address is: else the rule about countries would say something too.
        count: ABOVE,
        firesMin: ABOVE,
        fields: each({ country: 'DE' }),
        address: ADDRESS_IN_DATACENTER,
        needs: 'trusted and ranges',
      };
    case 'ad_burst': {
      const { factor, count_min } = settings.ad_burst;
      const enough = Math.max(count_min, Math.ceil((factor * BASELINE_CLICKS) / (BASELINE_MINUTES + 4)) + 1);
      // The first ones lie in the hour before, the others all in this minute, whatever the clock says when they arrive.
      const at = (i: number) =>
        i < BASELINE_CLICKS ? nowMs - (BASELINE_MINUTES - i) * MINUTE_MS - MINUTE_MS : nowMs;
      return {
        count: BASELINE_CLICKS + enough + UNDER_WAY_MAX + ABOVE,
        firesMin: ABOVE,
        fields: (i) => ({ user_id: alone(i), timestamp: new Date(at(i)).toISOString() }),
      };
    }
  }
}

/** The bursts of a run, to be sent one after the other from `startMs` on. */
export function planBursts(rules: readonly BurstRule[], parts: BurstParts, startMs: number): BurstPlan[] {
  let atMs = startMs;
  return rules.map((rule) => {
    const { count, firesMin, fields, address, needs = 'nothing' } = shapeOf(rule, parts);
    const adId = `${burstCampaign(rule)}-${parts.runId}`;
    const device = DEVICES[0]?.[0];
    const clicks = Array.from({ length: count }, (_, i): PlannedClick => {
      atMs += BURST_EVERY_MS;
      return {
        atMs,
        address: address ?? addressNowhere(i),
        key: null,
        resend: false,
        click: {
          ...{
            click_id: parts.newId(),
            campaign_id: burstCampaign(rule),
            advertiser_id: 'demo-attacks',
            ad_id: adId,
          },
          country: 'US',
          ...device,
          ...fields(i),
        },
      };
    });
    return { rule, adId, clicks, firesMin: firesMinOf(rule, firesMin, parts.settings), needs };
  });
}

/** A rule that is off says nothing. */
const firesMinOf = (rule: BurstRule, count: number, settings: RuleSettings) =>
  settings[rule].state === 'off' ? 0 : count;

/** Whether a click is flagged when this rule alone fires on it. */
export const flagsAlone = (rule: BurstRule, settings: RuleSettings): boolean =>
  settings[rule].state === 'on' && RULES[rule].strength === 'strong';
