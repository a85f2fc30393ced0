import { z } from 'zod';
import { expected, isWellFormed, NO_CONTROL, NOT_WELL_FORMED } from './clicks.js';
import { LIST_KINDS, LIST_NAMES } from './facts.js';
import { noteField, timeField, wholeField } from './fields.js';
import { LIMITS } from './limits.js';

const entryFields = {
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
};

function checkValue(
  { kind, value }: { kind: (typeof LIST_KINDS)[number]; value: string },
  context: z.RefinementCtx,
): void {
  const wrong = (message: string) => context.addIssue({ code: 'custom', path: ['value'], message });
  if (kind === 'user' && value.length > LIMITS.idLengthMax) wrong('Too long');
  if (kind === 'address' && !/^[0-9a-f.:]{2,64}(\/\d{1,3})?$/i.test(value))
    wrong('Enter an IP address or a CIDR range, such as 203.0.113.0/24');
  if (kind === 'referrer_host' && !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(value))
    wrong('Enter a host name in lower case, such as news.example');
}

/** `POST /fraud/lists`. Blocked means flagged, never refused; allowed means that no rule flags. */
export const ListEntryInput = z
  .strictObject({
    list: z.enum(LIST_NAMES, { error: 'Expected block or allow' }),
    ...entryFields,
    note: noteField().default(''),
    expires_at: timeField().nullable().default(null).describe('Null: never'),
  })
  .superRefine(checkValue);
export type ListEntryInput = z.infer<typeof ListEntryInput>;

/** `POST /fraud/lists/preview` */
export const ListPreviewInput = z
  .strictObject({
    kind: entryFields.kind,
    value: entryFields.value,
    days: wholeField(1, LIMITS.lookBackDaysMax).default(7),
  })
  .superRefine(checkValue);

/** How many clicks of the last days an entry would have matched. */
export const ListPreviewReply = z.object({
  days: z.int(),
  /** Null: only hashes of addresses are stored, and this range is too wide to try them all. */
  clicks: z.int().nullable(),
  /** Of them flagged as it is. */
  flagged: z.int().nullable(),
});
export type ListPreviewReply = z.infer<typeof ListPreviewReply>;

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
