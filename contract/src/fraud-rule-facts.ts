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
    says: 'The IP, user, user agent, or referrer is on the block list.',
  },
  bot_user_agent: {
    category: 'GIVT',
    strength: 'strong',
    kind: 'agent',
    says: 'The user agent is a known bot, crawler, or HTTP client.',
  },
  headless_browser: {
    category: 'GIVT',
    strength: 'strong',
    kind: 'agent',
    says: 'The user agent is a headless browser, which programs control.',
  },
  velocity_ip: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'speed',
    says: 'More clicks from one IP within the window than a person makes.',
  },
  velocity_user: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'speed',
    says: 'More clicks from one user within the window than a person makes.',
  },
  duplicate_click: {
    category: 'GIVT',
    strength: 'strong',
    kind: 'repeat',
    says: 'The same visitor clicked the same ad again within seconds.',
  },
  missing_user_agent: {
    category: 'GIVT',
    strength: 'weak',
    kind: 'agent',
    says: 'The request has no user agent. Every browser sends one.',
  },
  datacenter_ip: {
    category: 'GIVT',
    strength: 'weak',
    kind: 'network',
    says: 'The IP belongs to a data center. VPN users can have one too.',
  },
  geo_mismatch: {
    category: 'SIVT',
    strength: 'weak',
    kind: 'place',
    says: 'The country sent with the click is not the country of its IP.',
  },
  ad_burst: {
    category: 'SIVT',
    strength: 'weak',
    kind: 'volume',
    says: 'The ad gets far more clicks per minute than in its last hour. A campaign launch can look the same.',
  },
} as const satisfies Record<string, RuleFacts>;

/** The rules that look back over stored clicks, every minute and on demand; what they find is an adjustment. */
export const LOOK_BACK_RULES = {
  regular_gaps: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'speed',
    says: 'The gaps between one visitor’s clicks are more even than a person can make them.',
  },
  many_ads: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'volume',
    says: 'One visitor clicked more different ads within the window than a person does.',
  },
  roaming_user: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'network',
    says: 'One user clicked from more IPs within the window than a person has.',
  },
  shared_address: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'network',
    says: 'One IP had more users within the window than a household. Offices and mobile carriers can exceed this too.',
  },
  crowded_network: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'network',
    says: 'Many IPs of one network (/24, or /48 for IPv6) clicked the same ad within the window. Mobile carriers can exceed this too.',
  },
  odd_publisher: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'volume',
    says: 'A publisher’s share of flagged clicks is far above the others, beyond chance.',
  },
  low_conversion: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'volume',
    says: 'A publisher’s clicks convert far less often than those of the others, beyond chance.',
  },
  instant_conversion: {
    category: 'SIVT',
    strength: 'strong',
    kind: 'speed',
    says: 'The conversion came sooner after the click than a person can make it.',
  },
} as const satisfies Record<string, RuleFacts>;
export type LookBackRule = keyof typeof LOOK_BACK_RULES;
export const LOOK_BACK_NAMES = Object.keys(LOOK_BACK_RULES) as LookBackRule[];

export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as RuleName[];
