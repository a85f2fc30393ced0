import { z } from 'zod';
import { checkOrder, timeField } from './fields.js';
import { LIMITS } from './limits.js';

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

export const ClosedReply = z.object({ closed_until: z.iso.datetime().nullable() });
export type ClosedReply = z.infer<typeof ClosedReply>;
