import { z } from 'zod';
import { wholeField } from './fields.js';
import { RuleSettings } from './fraud-settings.js';
import { LIMITS } from './limits.js';

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
  days: wholeField(1, LIMITS.lookBackDaysMax),
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
       * `counted`: counted again over the stored clicks. `as_stored`: by what the rule said when the clicks came in; while it was
       * off, it said nothing.
       */
      how: z.enum(['counted', 'as_stored']),
    }),
  ),
  /** The campaigns whose verdicts change most, at most 20. */
  campaigns: z.array(BacktestFigures.extend({ campaign_id: z.string() })),
  /** Some clicks whose verdict changes, at most 10 of each kind. */
  samples: z.array(
    z.object({
      click_id: z.uuid(),
      clicked_at: z.iso.datetime(),
      campaign_id: z.string(),
      /** Whether it would be flagged; it is the opposite now. */
      would_be_flagged: z.boolean(),
    }),
  ),
  query_time_ms: z.number(),
});
export type BacktestReply = z.infer<typeof BacktestReply>;
