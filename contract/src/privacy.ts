import { z } from 'zod';
import { filterField } from './fields.js';

/** The body of `POST /admin/privacy/export` and `…/erase`. Not in the address, which logs and proxies keep. */
export const UserInput = z.strictObject({ user_id: filterField() });

const rows = z.array(z.record(z.string(), z.unknown()));

/** Everything that is held of a user, as it is stored. */
export const UserDataReply = z.object({
  user_id: z.string(),
  /** Clicks in the ledger. */
  ledger: rows,
  /** Rows in analytics: of the same clicks, and of adjustments. */
  analytics: rows,
  /** Conversions in the ledger that name the user. Analytics does not know whose they are. */
  conversions: rows,
  /** Entries of allow and block lists that name the user. */
  lists: rows,
  /** False when there is more than one reply may hold. */
  is_complete: z.boolean(),
});
export type UserDataReply = z.infer<typeof UserDataReply>;

/** The user is forgotten: the clicks stay, without user, address hash, user agent and referrer. */
export const EraseReply = z.object({
  /** Clicks in the ledger that were of the user. */
  clicks: z.int(),
});
export type EraseReply = z.infer<typeof EraseReply>;
