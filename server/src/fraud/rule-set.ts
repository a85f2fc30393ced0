import {
  DEFAULT_RULE_SETTINGS,
  RULE_NAMES,
  RULES,
  type RuleName,
  type RuleSettings,
} from '@clickledger/contract';
import {
  adBurst,
  blocked,
  botUserAgent,
  datacenterIp,
  geoMismatch,
  headlessBrowser,
  missingUserAgent,
} from './per-click.js';
import type { Rule, RuleCore } from './rule.js';
import { duplicateClick, velocityIp, velocityUser } from './velocity.js';

const MAKERS: Record<RuleName, (settings: RuleSettings) => RuleCore> = {
  blocked: () => blocked,
  bot_user_agent: () => botUserAgent,
  headless_browser: () => headlessBrowser,
  velocity_ip: ({ velocity_ip }) => velocityIp(velocity_ip),
  velocity_user: ({ velocity_user }) => velocityUser(velocity_user),
  duplicate_click: ({ duplicate_click }) => duplicateClick(duplicate_click),
  missing_user_agent: () => missingUserAgent,
  datacenter_ip: () => datacenterIp,
  geo_mismatch: () => geoMismatch,
  ad_burst: ({ ad_burst }) => adBurst(ad_burst),
};

/** A tenant's rules in force, the strongest first. */
export interface RuleSet {
  /** Counts up with each change; 0 until the tenant changes something. */
  version: number;
  rules: readonly Rule[];
}

/** Makes the rules that are not off. */
export function makeRuleSet(version: number, settings: RuleSettings): RuleSet {
  const rules = RULE_NAMES.flatMap((name): Rule[] => {
    const state = name === 'blocked' ? 'on' : settings[name].state;
    if (state === 'off') return [];
    const { strength, kind } = RULES[name];
    // Every rule has every property, in one order: engines read objects of one shape fastest, and each click reads all rules.
    const { velocity = null, needsCounter = false, needsVisitor = false, find } = MAKERS[name](settings);
    return [
      { name, strength, kind, isShadow: state === 'shadow', velocity, needsCounter, needsVisitor, find },
    ];
  });
  return { version, rules };
}

export const DEFAULT_RULE_SET = makeRuleSet(0, DEFAULT_RULE_SETTINGS);
