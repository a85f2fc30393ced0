import { z } from 'zod';
import { expected, isWellFormed, NO_CONTROL, NOT_WELL_FORMED } from './clicks.js';
import { LIST_KINDS, LIST_NAMES } from './facts.js';
import { noteField, timeField } from './fields.js';
import { LIMITS } from './limits.js';

/** `POST /fraud/lists`. Blocked means flagged, never refused; allowed means that no rule flags. */
export const ListEntryInput = z
  .strictObject({
    list: z.enum(LIST_NAMES, { error: 'Expected block or allow' }),
    kind: z
      .enum(LIST_KINDS, { error: `Expected ${LIST_KINDS.join(', ')}` })
      .describe(
        '`address`: one or a CIDR range. `referrer_host`: with its subdomains. `user_agent`: the whole text',
      ),
    value: z
      .string(expected('a string'))
      .trim()
      .min(1, 'Must not be empty')
      .max(LIMITS.userAgentLengthMax, 'Too long')
      .regex(NO_CONTROL, 'Control characters are not allowed')
      .refine(isWellFormed, NOT_WELL_FORMED),
    note: noteField().default(''),
    expires_at: timeField().nullable().default(null).describe('Null: never'),
  })
  .superRefine(({ kind, value }, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', path: ['value'], message });
    if (kind === 'user' && value.length > LIMITS.idLengthMax) wrong('Too long');
    if (kind === 'address' && !/^[0-9a-f.:]{2,64}(\/\d{1,3})?$/i.test(value))
      wrong('Not an address or CIDR range');
    if (kind === 'referrer_host' && !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(value))
      wrong('Expected a host in lower case');
  });
export type ListEntryInput = z.infer<typeof ListEntryInput>;

export const ListEntryReply = z.object({
  entry_id: z.int(),
  list: z.enum(LIST_NAMES),
  kind: z.enum(LIST_KINDS),
  value: z.string(),
  note: z.string(),
  expires_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
});
export type ListEntryReply = z.infer<typeof ListEntryReply>;

/** `GET /fraud/lists`: what is in force, newest first. */
export const ListEntriesReply = z.object({ data: z.array(ListEntryReply) });
export type ListEntriesReply = z.infer<typeof ListEntriesReply>;
