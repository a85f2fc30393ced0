import { z } from 'zod';
import { noteField, wholeField } from './fields.js';
import { RULE_STATES } from './fraud-rule-facts.js';
import { LIMITS } from './limits.js';

const state = () => z.enum(RULE_STATES, { error: `Expected ${RULE_STATES.join(', ')}` });
const windowSeconds = () => wholeField(1, LIMITS.ruleWindowSecondsMax);
const simple = () => z.strictObject({ state: state() });
const backMinutes = () =>
  wholeField(1, LIMITS.lookBackMinutesMax).describe('How far the rule looks back each minute');
const velocity = () =>
  z.strictObject({
    state: state(),
    count_max: wholeField(1, LIMITS.ruleCountMax).describe('Clicks within the window that are still allowed'),
    window_seconds: windowSeconds(),
  });

/** The settings of every rule. Lists are their own switch: `blocked` has none. */
export const RuleSettings = z.strictObject({
  bot_user_agent: simple(),
  headless_browser: simple(),
  velocity_ip: velocity(),
  velocity_user: velocity(),
  duplicate_click: z.strictObject({
    state: state(),
    window_seconds: windowSeconds().describe('A second click within so many seconds is a double click'),
  }),
  missing_user_agent: simple(),
  datacenter_ip: simple(),
  geo_mismatch: simple(),
  ad_burst: z.strictObject({
    state: state(),
    factor: wholeField(2, 1_000).describe("So many times the mean minute of the ad's last hour"),
    count_min: wholeField(1, 1_000_000).describe('Fewer clicks a minute than this are never a burst'),
  }),
  regular_gaps: z.strictObject({
    state: state(),
    clicks_min: wholeField(5, 1_000).describe('Fewer clicks of a visitor say nothing'),
    variation_max_percent: wholeField(1, 50).describe('Coefficient of variation of the gaps, in percent'),
    window_minutes: backMinutes(),
  }),
  many_ads: z.strictObject({ state: state(), ads_max: wholeField(1, 10_000), window_minutes: backMinutes() }),
  roaming_user: z.strictObject({
    state: state(),
    addresses_max: wholeField(1, 10_000),
    window_minutes: backMinutes(),
  }),
  shared_address: z.strictObject({
    state: state(),
    users_max: wholeField(1, 10_000),
    window_minutes: backMinutes(),
  }),
  crowded_network: z.strictObject({
    state: state(),
    addresses_max: wholeField(1, 65_536).describe('Addresses of one network that may click on one ad'),
    window_minutes: backMinutes(),
  }),
  odd_publisher: z.strictObject({
    state: state(),
    clicks_min: wholeField(10, 1_000_000).describe('Fewer clicks of a publisher say nothing'),
    window_minutes: backMinutes(),
  }),
  low_conversion: z.strictObject({
    state: state(),
    clicks_min: wholeField(10, 1_000_000).describe('Fewer clicks of a publisher say nothing'),
    window_minutes: backMinutes(),
  }),
  instant_conversion: z.strictObject({
    state: state(),
    seconds_min: wholeField(1, 600).describe('A conversion fewer seconds after its click is too soon'),
    window_minutes: backMinutes(),
  }),
});
export type RuleSettings = z.infer<typeof RuleSettings>;

/** `PUT /fraud/rules`: the rules to change, each whole; the others stay as they are. */
export const RuleSettingsChange = RuleSettings.partial()
  .extend({ note: noteField().default('').describe('Why, for the history') })
  .refine(({ note: _, ...rules }) => Object.keys(rules).length > 0, 'Name at least one rule');

export const RulesReply = z.object({
  /** 0 until something was changed. */
  version: z.int(),
  settings: RuleSettings,
  /** What each rule is, the strongest first. */
  rules: z.array(
    z.object({
      rule: z.string(),
      category: z.enum(['GIVT', 'SIVT']),
      strength: z.enum(['strong', 'weak']),
      kind: z.string(),
      says: z.string(),
    }),
  ),
});
export type RulesReply = z.infer<typeof RulesReply>;

/** `GET /fraud/rules/versions`: newest first, at most `LIMITS.changesMax`. */
export const RuleVersionsReply = z.object({
  data: z.array(
    z.object({
      version: z.int(),
      settings: RuleSettings,
      note: z.string(),
      created_at: z.iso.datetime(),
      created_by: z.string(),
    }),
  ),
});
export type RuleVersionsReply = z.infer<typeof RuleVersionsReply>;
