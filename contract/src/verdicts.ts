import { z } from 'zod';
import { CLICK_FILTERS } from './click-log.js';
import { expected } from './clicks.js';
import { checkOrder, countField, noteField } from './fields.js';
import { LIMITS } from './limits.js';

/** The reason of a click that a person marked as invalid, where rules have their names. */
export const MANUAL_REASON = 'manual_review';

const verdict = {
  is_fraudulent: z
    .boolean({ error: 'Expected true or false' })
    .describe('`true` marks clicks as invalid, `false` as valid'),
  note: noteField()
    .trim()
    .min(1, 'Must not be empty')
    .describe('Why; it is kept with the click and in the audit log'),
};

/** `POST /clicks/:click_id/verdict`. */
export const VerdictInput = z.strictObject(verdict);
export type VerdictInput = z.infer<typeof VerdictInput>;

export const VerdictReply = z.object({
  click_id: z.uuid(),
  is_fraudulent: z.boolean(),
  /** False: the click had this verdict already, and nothing changed. */
  changed: z.boolean(),
});
export type VerdictReply = z.infer<typeof VerdictReply>;

const { flagged: _, ...filters } = CLICK_FILTERS;

/** `POST /clicks/verdicts`: the same for every click that the filters find and that has the other verdict. */
export const VerdictsInput = z.strictObject({
  ...verdict,
  filters: z
    .strictObject(filters, expected('an object'))
    .superRefine(checkOrder)
    .refine((given) => Object.values(given).some((value) => value !== undefined), 'At least one filter')
    .describe(
      'As of the click log. What one run of a rule flagged: `fraud_reason` its rule, `start_time` and `end_time` its range',
    ),
  limit: countField(LIMITS.verdictsMax, 1_000).describe(
    'Most clicks that are changed at once, the oldest first',
  ),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, 'Not a cursor of this API')
    .optional()
    .describe('`next_cursor` of the reply before, with the same filters'),
});
export type VerdictsInput = z.infer<typeof VerdictsInput>;

export const VerdictsReply = z.object({
  /** Clicks whose verdict changed. */
  changed: z.int(),
  /** Null: all of them were gone through. */
  next_cursor: z.string().nullable(),
});
export type VerdictsReply = z.infer<typeof VerdictsReply>;
