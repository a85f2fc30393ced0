import { z } from 'zod';

/** A list entry that names the click. */
export const Listed = z.object({
  list: z.enum(['allow', 'block']),
  kind: z.enum(['address', 'user', 'user_agent', 'referrer_host']),
  entryId: z.int(),
});
export type Listed = z.infer<typeof Listed>;

/** What rules know of a click beside its stored columns. Holds no address: it is gone once these are known. */
export const ClickFacts = z.object({
  /** Country of the address, ISO 3166-1 alpha-2; empty when unknown. */
  addressCountry: z.string().regex(/^([A-Z]{2})?$/),
  /** Null when there is no address, or no list of data centres. */
  isDatacenter: z.boolean().nullable(),
  /** `unknown`: nothing is known of the person's own user agent. */
  agent: z.enum(['browser', 'bot', 'headless', 'library', 'missing', 'unknown']),
  /** What gave it away; empty for browsers. */
  agentMatched: z.string().max(64),
  listed: Listed.nullable(),
});
export type ClickFacts = z.infer<typeof ClickFacts>;

/** Of a click about which nothing is known but its columns. */
export const NO_FACTS: ClickFacts = {
  addressCountry: '',
  isDatacenter: null,
  agent: 'unknown',
  agentMatched: '',
  listed: null,
};
