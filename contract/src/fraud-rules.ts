import { z } from 'zod';
import { expected, isWellFormed, NO_CONTROL, NOT_WELL_FORMED } from './clicks.js';
import { checkOrder, timeField } from './fields.js';
import { LIMITS } from './limits.js';

/** `on`: flags. `shadow`: is counted and shown, flags nothing. `off`: is not run. */
export const RULE_STATES = ['on', 'shadow', 'off'] as const;
export type RuleState = (typeof RULE_STATES)[number];

/** What a rule is. Names are reason codes: stored with clicks, never changed. */
export interface RuleFacts {
  /** General or sophisticated invalid traffic, in the words of the Media Rating Council's guidelines. */
  category: 'GIVT' | 'SIVT';
  /** A strong rule flags alone; weak ones only when two of different kinds agree. */
  strength: 'strong' | 'weak';
  /** What it looks at. Two weak rules of one kind are one sign, not two. */
  kind: 'list' | 'agent' | 'speed' | 'repeat' | 'network' | 'place' | 'volume';
  says: string;
}

/** The rules that judge a click when it comes in, the strongest first: the first that flags is its `fraud_reason`. */
export const RULES = {
  blocked: {
    category: 'GIVT',
    strength: 'strong',
    kind: 'list',
    says: 'The address, user, user agent or referrer is on the block list.',
  },
  bot_user_agent: {
    category: 'GIVT',
    strength: 'strong',
    kind: 'agent',
    says: 'The user agent names a known robot, crawler or program.',
  },
  headless_browser: {
    category: 'GIVT',
    strength: 'strong',
    kind: 'agent',
    says: 'The user agent is of a browser without a screen, run by a program.',
  },
  velocity_ip: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'speed',
    says: 'More clicks from one address within the window than a person makes.',
  },
  velocity_user: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'speed',
    says: 'More clicks of one user within the window than a person makes.',
  },
  duplicate_click: {
    category: 'GIVT',
    strength: 'strong',
    kind: 'repeat',
    says: 'The same visitor clicked the same ad within seconds: a double click.',
  },
  missing_user_agent: {
    category: 'GIVT',
    strength: 'weak',
    kind: 'agent',
    says: 'No user agent at all; every browser sends one.',
  },
  datacenter_ip: {
    category: 'GIVT',
    strength: 'weak',
    kind: 'network',
    says: 'The address belongs to a data centre. People behind a VPN have such ones too.',
  },
  geo_mismatch: {
    category: 'SIVT',
    strength: 'weak',
    kind: 'place',
    says: 'The country that the click names is not the one of its address.',
  },
  ad_burst: {
    category: 'SIVT',
    strength: 'weak',
    kind: 'volume',
    says: "The ad gets far more clicks a minute than in its last hour. A campaign's start looks the same.",
  },
} as const satisfies Record<string, RuleFacts>;

/** The rules that look back over stored clicks, every minute and on demand; what they find is an adjustment. */
export const LOOK_BACK_RULES = {
  regular_gaps: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'speed',
    says: 'The gaps between the clicks of one visitor are more even than a person can make them.',
  },
  many_ads: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'volume',
    says: 'One visitor clicked more different ads than a person does within the time.',
  },
  roaming_user: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'network',
    says: 'One user clicked from more addresses than a person has within the time.',
  },
  shared_address: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'network',
    says: 'One address had more users than a household within the time. Offices and mobile carriers have as many.',
  },
  odd_publisher: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'volume',
    says: "A publisher's share of flagged clicks is far above the others', beyond chance.",
  },
} as const satisfies Record<string, RuleFacts>;
export type LookBackRule = keyof typeof LOOK_BACK_RULES;
export const LOOK_BACK_NAMES = Object.keys(LOOK_BACK_RULES) as LookBackRule[];

export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as RuleName[];

const whole = (min: number, max: number) =>
  z
    .number(expected('a number'))
    .int('Expected a whole number')
    .min(min, `At least ${min}`)
    .max(max, `At most ${max}`);
const state = () => z.enum(RULE_STATES, { error: `Expected ${RULE_STATES.join(', ')}` });
const windowSeconds = () => whole(1, LIMITS.ruleWindowSecondsMax);
const simple = () => z.strictObject({ state: state() });
const backMinutes = () =>
  whole(1, LIMITS.lookBackMinutesMax).describe('How far the rule looks back each minute');
const velocity = () =>
  z.strictObject({
    state: state(),
    count_max: whole(1, LIMITS.ruleCountMax).describe('Clicks within the window that are still allowed'),
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
    factor: whole(2, 1_000).describe("So many times the mean minute of the ad's last hour"),
    count_min: whole(1, 1_000_000).describe('Fewer clicks a minute than this are never a burst'),
  }),
  regular_gaps: z.strictObject({
    state: state(),
    clicks_min: whole(5, 1_000).describe('Fewer clicks of a visitor say nothing'),
    variation_max_percent: whole(1, 50).describe('Coefficient of variation of the gaps, in percent'),
    window_minutes: backMinutes(),
  }),
  many_ads: z.strictObject({ state: state(), ads_max: whole(1, 10_000), window_minutes: backMinutes() }),
  roaming_user: z.strictObject({
    state: state(),
    addresses_max: whole(1, 10_000),
    window_minutes: backMinutes(),
  }),
  shared_address: z.strictObject({
    state: state(),
    users_max: whole(1, 10_000),
    window_minutes: backMinutes(),
  }),
  odd_publisher: z.strictObject({
    state: state(),
    clicks_min: whole(10, 1_000_000).describe('Fewer clicks of a publisher say nothing'),
    window_minutes: backMinutes(),
  }),
});
export type RuleSettings = z.infer<typeof RuleSettings>;

/** What is in force until a tenant changes it. The velocities are the product's definition. */
export const DEFAULT_RULE_SETTINGS: RuleSettings = {
  bot_user_agent: { state: 'on' },
  headless_browser: { state: 'on' },
  velocity_ip: { state: 'on', count_max: 100, window_seconds: 60 },
  velocity_user: { state: 'on', count_max: 50, window_seconds: 60 },
  duplicate_click: { state: 'on', window_seconds: 3 },
  missing_user_agent: { state: 'on' },
  datacenter_ip: { state: 'on' },
  geo_mismatch: { state: 'on' },
  ad_burst: { state: 'on', factor: 5, count_min: 60 },
  regular_gaps: { state: 'on', clicks_min: 10, variation_max_percent: 10, window_minutes: 120 },
  many_ads: { state: 'on', ads_max: 40, window_minutes: 10 },
  roaming_user: { state: 'on', addresses_max: 20, window_minutes: 60 },
  // An office or a carrier looks the same: to be looked at, not to be billed by, until a tenant decides otherwise.
  shared_address: { state: 'shadow', users_max: 100, window_minutes: 60 },
  odd_publisher: { state: 'shadow', clicks_min: 200, window_minutes: 1_440 },
};

const note = () =>
  z
    .string(expected('a string'))
    .max(LIMITS.noteLengthMax, 'Too long')
    .regex(NO_CONTROL, 'Control characters are not allowed');

/** `PUT /fraud/rules`: the rules to change, each whole; the others stay as they are. */
export const RuleSettingsChange = RuleSettings.partial()
  .extend({ note: note().default('').describe('Why, for the history') })
  .refine(({ note: _, ...rules }) => Object.keys(rules).length > 0, 'Name at least one rule');
export type RuleSettingsChange = z.infer<typeof RuleSettingsChange>;

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

export const LIST_NAMES = ['block', 'allow'] as const;
export const LIST_KINDS = ['address', 'user', 'user_agent', 'referrer_host'] as const;

/** `POST /fraud/lists`. Blocked means flagged, never refused; allowed means that no rule flags. */
export const ListEntryInput = z
  .strictObject({
    list: z.enum(LIST_NAMES, { error: 'Expected block or allow' }),
    kind: z
      .enum(LIST_KINDS, { error: `Expected ${LIST_KINDS.join(', ')}` })
      .describe(
        '`address`: one or a CIDR range. `referrer_host`: with its subdomains. `user_agent`: the whole text',
      ),
    value: z
      .string(expected('a string'))
      .trim()
      .min(1, 'Must not be empty')
      .max(LIMITS.userAgentLengthMax, 'Too long')
      .regex(NO_CONTROL, 'Control characters are not allowed')
      .refine(isWellFormed, NOT_WELL_FORMED),
    note: note().default(''),
    expires_at: z.iso
      .datetime({ offset: true, error: 'Expected an ISO 8601 time with a zone' })
      .nullable()
      .default(null)
      .describe('Null: never'),
  })
  .superRefine(({ kind, value }, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', path: ['value'], message });
    if (kind === 'user' && value.length > LIMITS.idLengthMax) wrong('Too long');
    if (kind === 'address' && !/^[0-9a-f.:]{2,64}(\/\d{1,3})?$/i.test(value))
      wrong('Not an address or CIDR range');
    if (kind === 'referrer_host' && !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(value))
      wrong('Expected a host in lower case');
  });
export type ListEntryInput = z.infer<typeof ListEntryInput>;

export const ListEntryReply = z.object({
  entry_id: z.int(),
  list: z.enum(LIST_NAMES),
  kind: z.enum(LIST_KINDS),
  value: z.string(),
  note: z.string(),
  expires_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
});
export type ListEntryReply = z.infer<typeof ListEntryReply>;

/** `GET /fraud/lists`: what is in force, newest first. */
export const ListEntriesReply = z.object({ data: z.array(ListEntryReply) });
export type ListEntriesReply = z.infer<typeof ListEntriesReply>;

/** `POST /fraud/rules/run`: the rules that look back, over a range of the past. */
export const LookBackInput = z
  .strictObject({ start_time: timeField(), end_time: timeField() })
  .superRefine(checkOrder)
  .superRefine(({ start_time, end_time }, context) => {
    if (Date.parse(end_time) - Date.parse(start_time) > LIMITS.lookBackDaysMax * 86_400_000)
      context.addIssue({
        code: 'custom',
        path: ['end_time'],
        message: `At most ${LIMITS.lookBackDaysMax} days`,
      });
  });
export type LookBackInput = z.infer<typeof LookBackInput>;

const Run = z.object({
  rule: z.string(),
  rules_version: z.int(),
  /** In shadow mode nothing is adjusted. */
  is_shadow: z.boolean(),
  from_time: z.iso.datetime(),
  to_time: z.iso.datetime(),
  /** Visitors, users, addresses or publishers that the rule names. */
  subjects: z.int(),
  /** Their clicks that were not flagged. */
  clicks: z.int(),
  /** Of these, the clicks whose verdict was changed. */
  adjusted: z.int(),
  ran_at: z.iso.datetime(),
  ran_by: z.string(),
});

/** `GET /fraud/runs`: what the rules that look back found, newest first; runs that found nothing are left out. */
export const RunsReply = z.object({ data: z.array(Run) });
export type RunsReply = z.infer<typeof RunsReply>;

/** `PUT /fraud/closed-until`: clicks before this time are billed. What is found about them later counts when it is found. */
export const CloseInput = z.strictObject({ closed_until: timeField() });
export type CloseInput = z.infer<typeof CloseInput>;

export const ClosedReply = z.object({ closed_until: z.iso.datetime().nullable() });
export type ClosedReply = z.infer<typeof ClosedReply>;

/** `POST /fraud/rules/backtest`: a change, as in `PUT /fraud/rules`, over the last days. */
export const BacktestInput = z.strictObject({
  rules: RuleSettings.pick({
    bot_user_agent: true,
    headless_browser: true,
    velocity_ip: true,
    velocity_user: true,
    duplicate_click: true,
    missing_user_agent: true,
    datacenter_ip: true,
    geo_mismatch: true,
    ad_burst: true,
  })
    .partial()
    .refine((rules) => Object.keys(rules).length > 0, 'Name at least one rule'),
  days: whole(1, LIMITS.lookBackDaysMax),
});
export type BacktestInput = z.infer<typeof BacktestInput>;

const BacktestFigures = z.object({
  clicks: z.int(),
  /** Flagged as it is. */
  flagged_now: z.int(),
  /** Flagged if the rules had been so. */
  flagged_then: z.int(),
  newly_flagged: z.int(),
  no_longer_flagged: z.int(),
  /** Cost of the clicks that are not flagged, as it is and as it would be. */
  cost_micros_now: z.int(),
  cost_micros_then: z.int(),
});

export const BacktestReply = BacktestFigures.extend({
  from_time: z.iso.datetime(),
  to_time: z.iso.datetime(),
  /** Each rule that was named: the clicks on which it fired, and would fire. */
  rules: z.array(
    z.object({
      rule: z.string(),
      fired_now: z.int(),
      fired_then: z.int(),
      /**
       * `counted`: counted anew over the stored clicks. `as_stored`: by what the rule said when the clicks came in; while it was
       * off, it said nothing.
       */
      how: z.enum(['counted', 'as_stored']),
    }),
  ),
  /** The campaigns whose verdicts change most, at most 20. */
  campaigns: z.array(BacktestFigures.extend({ campaign_id: z.string() })),
  query_time_ms: z.number(),
});
export type BacktestReply = z.infer<typeof BacktestReply>;
