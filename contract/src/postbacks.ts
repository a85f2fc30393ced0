import { z } from 'zod';
import { expected } from './clicks.js';
import { countField, wholeField } from './fields.js';
import { LIMITS } from './limits.js';

/**
 * The names under which trackers and networks send each field of a conversion: ours first, then those of Voluum (`cid`, `et`, `txid`,
 * `payout`), Keitaro (`subid`, `status`, `tid`, `payout`) and Binom (`cnv_id`, `cnv_status`, `cnv_payout`, `cnv_currency`). Of several that are
 * sent, the first in this order that is not empty counts.
 */
export const POSTBACK_PARAMETERS = {
  click_id: ['click_id', 'cid', 'clickid', 'subid', 'cnv_id'],
  user_id: ['user_id', 'uid'],
  action: ['action', 'et', 'event', 'goal', 'status', 'cnv_status'],
  order_id: ['order_id', 'txid', 'tid', 'transaction_id'],
  value: ['value', 'payout', 'cnv_payout', 'revenue', 'amount'],
  currency: ['currency', 'cur', 'cnv_currency'],
  timestamp: ['timestamp'],
} as const;
export type PostbackField = keyof typeof POSTBACK_PARAMETERS;

/** The action of a postback that names none. */
export const POSTBACK_ACTION = 'conversion';
/** Actions that take a conversion back, as networks name the status of one that they reject or pay back. */
export const RETRACTING_ACTIONS: ReadonlySet<string> = new Set([
  'rejected',
  'reject',
  'declined',
  'cancelled',
  'canceled',
  'trash',
  'refund',
  'refunded',
  'chargeback',
]);

const one = (description: string) => z.string().optional().describe(description);
/** For those who read it: every parameter is text, and other names are taken too, see `POSTBACK_PARAMETERS`. */
export const PostbackQuery = z.object({
  secret: one('A postback secret of the organization. Or `kid`, `exp` and `sig`.'),
  cid: one('The click ID. Also `click_id`, `clickid`, `subid`, `cnv_id`'),
  et: one(
    `The action; \`${POSTBACK_ACTION}\` if absent. Also \`action\`, \`event\`, \`goal\`, \`status\`, \`cnv_status\``,
  ),
  txid: one(
    'The order ID. Also `order_id`, `tid`, `transaction_id`. Without one, a click has one conversion of each action.',
  ),
  payout: one('The value. Also `value`, `cnv_payout`, `revenue`, `amount`'),
  currency: one('ISO 4217. Also `cur`, `cnv_currency`'),
  user_id: one('Also `uid`'),
  timestamp: one("The server's time if absent"),
  mode: one('`test`: to test data'),
  kid: one('The number of the secret that the postback is signed with'),
  exp: one('Until when the signature is good, in seconds since 1970'),
  sig: one(
    'HMAC-SHA-256 in hex, with the secret as the key, of the query string before `&sig=`. It comes last.',
  ),
});

/** A postback secret, as it can be told of: never itself. */
export const PostbackSecret = z.object({
  secret_id: z.int(),
  /** Its first characters. */
  hint: z.string(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
  expires_at: z.iso.datetime().nullable().describe('Of one that another takes the place of'),
  revoked_at: z.iso.datetime().nullable(),
  is_in_force: z.boolean(),
});
export type PostbackSecret = z.infer<typeof PostbackSecret>;
export const PostbackSecretsReply = z.object({ data: z.array(PostbackSecret) });
export type PostbackSecretsReply = z.infer<typeof PostbackSecretsReply>;
/** `POST /postback-secrets`: for so long the one before goes on. */
export const NewPostbackSecret = z.strictObject({
  overlap_seconds: wholeField(0, LIMITS.keyOverlapSecondsMax).default(86_400),
});
/** A secret that was made; told once. */
export const MadePostbackSecret = PostbackSecret.extend({ secret: z.string() });
export type MadePostbackSecret = z.infer<typeof MadePostbackSecret>;

export const POSTBACK_OUTCOMES = ['accepted', 'duplicate', 'retracted', 'refused'] as const;
export const PostbackEntry = z.object({
  postback_id: z.int(),
  received_at: z.iso.datetime(),
  method: z.string(),
  query: z.string().describe('As it was sent, without secrets and user IDs, and cut'),
  outcome: z.enum(POSTBACK_OUTCOMES),
  code: z.string().nullable().describe('Why it was refused'),
  message: z.string().nullable(),
  conversion_id: z.uuid().nullable(),
});
export type PostbackEntry = z.infer<typeof PostbackEntry>;

export const PostbacksQuery = z.strictObject({
  limit: countField(LIMITS.postbackRowsMax, 100),
  before: z.coerce
    .number('Expected a number')
    .int()
    .positive()
    .optional()
    .describe('`next_before` of the page before'),
  outcome: z.enum(POSTBACK_OUTCOMES, { error: `Expected one of ${POSTBACK_OUTCOMES.join(', ')}` }).optional(),
});
export type PostbacksQuery = z.infer<typeof PostbacksQuery>;
/** Newest first. */
export const PostbacksReply = z.object({
  data: z.array(PostbackEntry),
  next_before: z
    .int()
    .nullable()
    .describe('Where the next page begins: give it as `before`. Null on the last page.'),
});
export type PostbacksReply = z.infer<typeof PostbacksReply>;

/** The pixel takes the parameters of postbacks, and a key that may stand in a page. */
export const PixelQuery = PostbackQuery.omit({
  secret: true,
  kid: true,
  exp: true,
  sig: true,
  mode: true,
}).extend({
  key: z.string(expected('one key')).optional().describe('An API key with the scope `ingest` alone'),
});
