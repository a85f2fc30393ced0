import { z } from 'zod';
import { expected, isWellFormed, NO_CONTROL, NOT_WELL_FORMED } from './clicks.js';
import { checkOrder, countField, filterField, timeField } from './fields.js';
import { LIMITS } from './limits.js';

/** What is noted, by what it was done to. Programs may rely on them; new ones are added. */
export const AUDIT_ACTIONS = [
  'campaign.create',
  'campaign.change',
  'ad.create',
  'ad.change',
  'advertiser.create',
  'advertiser.change',
  'link.create',
  'link.change',
  'link.key',
  'link_host.change',
  'click.verdict',
  'conversion_action.create',
  'conversion_action.change',
  'conversion.adjust',
  'postback_secret.create',
  'postback_secret.revoke',
  'rules.change',
  'list.add',
  'list.remove',
  'webhook.change',
  'period.close',
  'settings.change',
  'import.run',
  'import.finish',
  'analytics.rebuild',
  'user.export',
  'user.erase',
  'key.create',
  'key.change',
  'key.rotate',
  'key.revoke',
  'member.invite',
  'member.add',
  'member.change',
  'member.remove',
  'member.reset',
  'tenant.create',
  'tenant.change',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** The part of an action before the dot. */
export const AUDIT_KINDS = [
  'campaign',
  'ad',
  'advertiser',
  'link',
  'link_host',
  'click',
  'conversion_action',
  'conversion',
  'postback_secret',
  'rules',
  'list',
  'webhook',
  'period',
  'settings',
  'import',
  'analytics',
  'user',
  'key',
  'member',
  'tenant',
] as const;

const fields = z.record(z.string(), z.unknown()).nullable();

/** One change. */
export const AuditEntry = z.object({
  audit_id: z.int(),
  at: z.iso.datetime(),
  /** Who: the API key's name, or a member; `protected mode` while the server is open. */
  actor: z.string(),
  action: z.string(),
  /** What it was done to: the id of a campaign, a list entry, a key … */
  subject: z.string(),
  /** The fields that changed; null when there was nothing before, or is nothing after. */
  before: fields,
  after: fields,
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** `GET /admin/audit`. */
export const AuditQuery = z
  .strictObject({
    limit: countField(LIMITS.auditRowsMax, 100),
    before: z.coerce
      .number('Expected a number')
      .int()
      .positive()
      .optional()
      .describe('`next_before` of the page before'),
    kind: z.enum(AUDIT_KINDS, { error: `Expected one of ${AUDIT_KINDS.join(', ')}` }).optional(),
    actor: filterField().optional(),
    subject: filterField().optional(),
    search: z
      .string(expected('one value'))
      .trim()
      .min(1, 'Must not be empty')
      .max(LIMITS.searchLengthMax, 'Too long')
      .regex(NO_CONTROL, 'Control characters are not allowed')
      .refine(isWellFormed, NOT_WELL_FORMED)
      .optional()
      .describe('Text in the actor, the action, the subject or a value, in any case'),
    start_time: timeField().optional(),
    end_time: timeField().optional(),
  })
  .superRefine(checkOrder);
export type AuditQuery = z.infer<typeof AuditQuery>;

/** Newest first. */
export const AuditReply = z.object({
  data: z.array(AuditEntry),
  /** Where the next page begins: give it as `before`. Null on the last page. */
  next_before: z.int().nullable(),
});
export type AuditReply = z.infer<typeof AuditReply>;
