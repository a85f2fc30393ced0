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
  crowded_network: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'network',
    says: 'Many addresses of one network (/24, or /48 of IPv6) clicked on the same ad within the time. Mobile carriers have as many.',
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
