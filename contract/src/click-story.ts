import { z } from 'zod';
import { ConversionOfClick } from './attribution.js';
import { LoggedClick } from './click-log.js';

/** `GET /clicks/:click_id`: everything that is known of one click, from the ledger. */
export const ClickStory = z.object({
  click: LoggedClick.extend({ user_agent: z.string(), referrer: z.string() }),
  guard: z.object({
    /** False when the guard was away: then velocities were not counted. */
    answered: z.boolean(),
    /** Also those that need a visitor, when neither a user nor an address with a user agent is known. */
    rules_not_run: z.array(z.string()),
  }),
  /** The rules that fired, the one that decided first. */
  rules: z.array(
    z.object({
      rule: z.string(),
      decided: z.boolean(),
      /** In shadow mode: counted, flags nothing. */
      in_shadow: z.boolean(),
      /** What the rule saw and its limits, such as `count`, `count_max`, `window_ms`. */
      evidence: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
    }),
  ),
  /** Verdicts that came after the click's own, in their order; the last one holds. */
  adjustments: z.array(
    z.object({
      is_fraudulent: z.boolean(),
      reason: z.string().nullable(),
      evidence: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
      rules_version: z.int(),
      made_at: z.iso.datetime(),
      made_by: z.string(),
      /** The click's period was closed: the adjustment counts at the time it was made. */
      is_deferred: z.boolean(),
    }),
  ),
  /** Conversions that are attributed to it, or would be if flagged clicks counted; the newest first, at most 100. */
  conversions: z.array(ConversionOfClick),
  /** The transaction that stored it. */
  ledger: z.object({ batch_id: z.int(), batch_clicks: z.int(), committed: z.literal(true) }),
  relay: z.object({
    /** `waiting`: in no chunk yet. `sending`: in a chunk on its way. `set_aside`: refused by analytics, kept for replay. */
    state: z.enum(['waiting', 'sending', 'delivered', 'set_aside']),
    chunk_id: z.int().nullable(),
    chunk_clicks: z.int().nullable(),
    chunk_created_at: z.iso.datetime().nullable(),
    delivered_at: z.iso.datetime().nullable(),
    /** Why the engine refused it. */
    reason: z.string().nullable(),
  }),
  /** Whether analytics was asked and has it; `unknown` when it can't be asked now. */
  analytics: z.enum(['present', 'absent', 'unknown']),
});
export type ClickStory = z.infer<typeof ClickStory>;
