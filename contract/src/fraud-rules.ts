import { z } from 'zod';
import { expected, isWellFormed, NO_CONTROL, NOT_WELL_FORMED } from './clicks.js';
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
