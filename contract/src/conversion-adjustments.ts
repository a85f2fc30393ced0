import { z } from 'zod';
import { expected } from './clicks.js';
import { actionField, amountField, ConversionInput, currencyField, WrongConversion } from './conversions.js';
import { noteField } from './fields.js';
import { LIMITS } from './limits.js';

export const ADJUSTMENTS = ['restate', 'retract'] as const;

/** A change of one conversion: another value, or none at all. */
export const AdjustmentInput = z
  .object({
    adjustment: z.enum(ADJUSTMENTS, { error: `Expected ${ADJUSTMENTS.join(' or ')}` }),
    action: actionField()
      .optional()
      .describe('Required with an `order_id`, which is unique within its action'),
    order_id: ConversionInput.shape.order_id,
    conversion_id: ConversionInput.shape.conversion_id.describe(
      'The ID that the reply to the conversion had',
    ),
    value: amountField().optional().describe('Required to restate: what the conversion is worth in all'),
    currency: currencyField().optional().describe("The conversion's, if given: it can not be changed"),
    note: noteField().optional(),
  })
  .superRefine(({ adjustment, action, order_id, conversion_id, value }, context) => {
    const missing = (field: string, message = 'Required') =>
      context.addIssue({
        code: 'custom',
        path: [field],
        message,
        params: { code: `${field}_required` },
      });
    if (order_id === undefined && conversion_id === undefined)
      missing('order_id', 'Required, unless there is a conversion_id');
    if (order_id !== undefined && action === undefined) missing('action', 'Required with an order_id');
    if (adjustment === 'restate' && value === undefined) missing('value');
  });
export type AdjustmentInput = z.infer<typeof AdjustmentInput>;

/** `POST /conversions/adjust`: each entry is checked on its own. */
export const AdjustInput = z.object({
  adjustments: z
    .array(z.unknown(), expected('an array'))
    .min(1, 'At least 1 adjustment')
    .max(LIMITS.batchConversionsMax, `At most ${LIMITS.batchConversionsMax} adjustments`),
});
export const AdjustInputDocumented = z.object({
  adjustments: z.array(AdjustmentInput).min(1).max(LIMITS.batchConversionsMax),
});

const adjusted = z.object({
  success: z.literal(true),
  conversion_id: z.uuid(),
  is_unchanged: z.boolean().describe('The conversion was so already: nothing was appended'),
});
export const AdjustReply = z.object({
  adjusted: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  rejected: z.int().nonnegative(),
  results: z
    .array(z.union([adjusted, z.object({ success: z.literal(false), error: WrongConversion })]))
    .describe('One an entry, in the order of the request'),
});
export type AdjustReply = z.infer<typeof AdjustReply>;
