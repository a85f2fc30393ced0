import { z } from 'zod';
import { expected, NO_CONTROL } from './clicks.js';
import { ErrorReply } from './errors.js';
import { MEMBER_ROLES, SCOPES } from './facts.js';
import { filterField, timeField, wholeField } from './fields.js';
import { LIMITS } from './limits.js';

const nameField = () =>
  z
    .string(expected('a string'))
    .trim()
    .min(1, 'Must not be empty')
    .max(LIMITS.nameLengthMax, 'Too long')
    .regex(NO_CONTROL, 'Control characters are not allowed');

/** A web origin as browsers send it: scheme, host and port, nothing behind. */
const originField = () =>
  z
    .string(expected('a string'))
    .max(LIMITS.originLengthMax, 'Too long')
    .regex(
      /^(?:\*|https?:\/\/(?:\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d{1,5})?)$/,
      'Expected an origin such as https://shop.example, or * for any',
    );

const distinct = (list: readonly string[]) => new Set(list).size === list.length;

/** An API key, as it can be told of: never the key itself. */
export const ApiKey = z.object({
  key_id: z.int(),
  name: z.string(),
  /** Its first characters. */
  hint: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  /** Web origins that may send clicks with it from a browser; `*`: any. */
  origins: z.array(z.string()),
  /** On one node; null: unlimited. */
  requests_per_second: z.int().nullable(),
  /** Brings and reads test data alone. */
  is_test: z.boolean(),
  created_at: z.iso.datetime(),
  created_by: z.string(),
  expires_at: z.iso.datetime().nullable(),
  /** About a minute late. */
  last_used_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
  revoked_by: z.string().nullable(),
  /** The key that takes its place. */
  rotated_to: z.int().nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** `GET /keys`: newest first. */
export const ApiKeysReply = z.object({ data: z.array(ApiKey) });
export type ApiKeysReply = z.infer<typeof ApiKeysReply>;

/** `POST /keys` */
export const NewApiKey = z.strictObject({
  name: nameField(),
  scopes: z
    .array(z.enum(SCOPES, `Expected some of ${SCOPES.join(', ')}`))
    .min(1, 'Choose at least one')
    .max(SCOPES.length, 'Too many')
    .refine(distinct, 'Must not repeat'),
  origins: z
    .array(originField())
    .max(LIMITS.originsMax, 'Too many')
    .refine(distinct, 'Must not repeat')
    .default([])
    .describe('Web origins that may send clicks with this key from a browser. None: no browser may.'),
  requests_per_second: wholeField(1, LIMITS.keyRequestsPerSecondMax)
    .nullable()
    .default(null)
    .describe('Of each node; null: unlimited'),
  is_test: z.boolean(expected('true or false')).default(false).describe('Brings and reads test data alone.'),
  expires_at: timeField().nullable().default(null),
});
export type NewApiKey = z.infer<typeof NewApiKey>;

/** A key that was made; told once. */
export const MadeApiKey = ApiKey.extend({ key: z.string() });
export type MadeApiKey = z.infer<typeof MadeApiKey>;

/** `POST /keys/:key_id/rotate`: for so long the old key goes on. */
export const RotateInput = z.strictObject({
  overlap_seconds: wholeField(0, LIMITS.keyOverlapSecondsMax).default(86_400),
});

const emailField = () =>
  z
    .string(expected('a string'))
    .trim()
    .toLowerCase()
    .max(LIMITS.emailLengthMax, 'Too long')
    .pipe(z.email('Not an email address'));
const passwordField = () =>
  z
    .string(expected('a string'))
    .min(LIMITS.passwordLengthMin, `At least ${LIMITS.passwordLengthMin} characters`)
    .max(LIMITS.passwordLengthMax, 'Too long');
const tokenField = () => z.string(expected('a string')).min(1, 'Must not be empty').max(100, 'Too long');
const codeField = () => z.string(expected('a string')).trim().min(6, 'Too short').max(32, 'Too long');

const roleFields = {
  role: z.enum(MEMBER_ROLES, `Expected one of ${MEMBER_ROLES.join(', ')}`),
  advertiser_ids: z
    .array(filterField())
    .max(LIMITS.memberAdvertisersMax, 'Too many')
    .refine(distinct, 'Must not repeat')
    .default([])
    .describe('What a member with the role `advertiser` sees; empty for the other roles'),
};
function checkAdvertisers(
  { role, advertiser_ids }: { role: string; advertiser_ids: readonly string[] },
  context: z.RefinementCtx,
): void {
  if ((role === 'advertiser') !== advertiser_ids.length > 0)
    context.addIssue({
      code: 'custom',
      path: ['advertiser_ids'],
      message: role === 'advertiser' ? 'Choose at least one' : 'Only for the advertiser role',
    });
}

export const Member = z.object({
  member_id: z.int(),
  email: z.string(),
  role: z.enum(MEMBER_ROLES),
  advertiser_ids: z.array(z.string()),
  has_second_factor: z.boolean(),
  created_at: z.iso.datetime(),
  last_sign_in_at: z.iso.datetime().nullable(),
});
export type Member = z.infer<typeof Member>;

export const Invitation = z.object({
  invitation_id: z.int(),
  email: z.string(),
  role: z.enum(MEMBER_ROLES),
  advertiser_ids: z.array(z.string()),
  created_at: z.iso.datetime(),
  created_by: z.string(),
  expires_at: z.iso.datetime(),
});
export type Invitation = z.infer<typeof Invitation>;

/** `GET /members`: the members by address, and the invitations that are open. */
export const MembersReply = z.object({ data: z.array(Member), invitations: z.array(Invitation) });
export type MembersReply = z.infer<typeof MembersReply>;

/** `POST /members/invitations` */
export const InvitationInput = z
  .strictObject({ email: emailField(), ...roleFields })
  .superRefine(checkAdvertisers);
export type InvitationInput = z.infer<typeof InvitationInput>;

/** `is_mailed`: the link was sent to the address, and is told to nobody else: `token` is null. */
export const MadeInvitation = Invitation.extend({
  /** Opens `/invitation#TOKEN` of the dashboard; told once, when this server sends no mail. */
  token: z.string().nullable(),
  is_mailed: z.boolean(),
});
export type MadeInvitation = z.infer<typeof MadeInvitation>;

/** `PATCH /members/:member_id` */
export const MemberChange = z.strictObject(roleFields).superRefine(checkAdvertisers);
export type MemberChange = z.infer<typeof MemberChange>;

/** `GET /auth/me`: who asks, and how somebody can sign in. */
export const MeReply = z.object({
  /** `protected`: no access is configured yet; whoever reaches the server may do everything. */
  mode: z.enum(['protected', 'configured']),
  /** Null: nobody is signed in. */
  member: z
    .object({
      /** Null in protected mode, and for a key. */
      email: z.string().nullable(),
      role: z.enum(MEMBER_ROLES),
      tenant: z.object({
        slug: z.string(),
        name: z.string(),
        /** Of every amount: ISO 4217. */
        currency: z.string(),
      }),
      scopes: z.array(z.enum(SCOPES)),
      advertiser_ids: z.array(z.string()).nullable(),
      has_second_factor: z.boolean(),
      /** May see and change what belongs to the whole system. */
      is_operator: z.boolean(),
    })
    .nullable(),
  /** The password was right; `POST /auth/second-factor` is next. */
  needs_second_factor: z.boolean(),
  /** The name of the OpenID Connect provider; null: none is configured. */
  oidc: z.string().nullable(),
  /** Whether a password reset can be mailed; else an operator makes a link. */
  can_mail: z.boolean(),
});
export type MeReply = z.infer<typeof MeReply>;

/** `POST /auth/setup`: the first owner; only in protected mode. */
export const SetupInput = z.strictObject({ email: emailField(), password: passwordField() });
const tenantField = () =>
  z
    .string(expected('a string'))
    .max(63, 'Too long')
    .optional()
    .describe('The slug of the organization, for an address that has accounts in several');
/** `POST /auth/sign-in` */
export const SignInInput = z.strictObject({
  email: emailField(),
  tenant: tenantField(),
  password: z
    .string(expected('a string'))
    .min(1, 'Must not be empty')
    .max(LIMITS.passwordLengthMax, 'Too long'),
});
/** 409 of `POST /auth/sign-in`: the password opens several accounts of the address; name the `tenant`. */
export const ChooseTenantReply = ErrorReply.extend({
  tenants: z.array(z.object({ slug: z.string(), name: z.string() })),
});
export type ChooseTenantReply = z.infer<typeof ChooseTenantReply>;
/** `POST /auth/second-factor`: a code of the app, or one of the recovery codes. */
export const SecondFactorInput = z.strictObject({ code: codeField() });
/** `POST /auth/invitation`: whom a link is for. */
export const LinkInput = z.strictObject({ token: tokenField() });
export const LinkReply = z.object({
  email: z.string(),
  tenant: z.string(),
  role: z.enum(MEMBER_ROLES).nullable(),
});
/** `POST /auth/invitation/accept` and `POST /auth/reset` */
export const LinkPasswordInput = z.strictObject({ token: tokenField(), password: passwordField() });
/** `POST /auth/reset/request` */
export const ResetRequestInput = z.strictObject({ email: emailField() });
/** `POST /admin/reset-links` */
export const ResetLinkInput = z.strictObject({ email: emailField(), tenant: tenantField() });
/** `POST /auth/password` */
export const PasswordInput = z.strictObject({
  current_password: z.string(expected('a string')).max(LIMITS.passwordLengthMax, 'Too long'),
  password: passwordField(),
});

/** `POST /auth/totp` */
export const TotpBeginInput = z.strictObject({
  password: z.string(expected('a string')).max(LIMITS.passwordLengthMax, 'Too long'),
});
/** `POST /auth/totp`: a secret to put into an app; in force when a code of it was sent to `PUT /auth/totp`. */
export const TotpBeginReply = z.object({ secret: z.string(), uri: z.string() });
/** Each opens the account once when the app is lost; told once. */
export const TotpReply = z.object({ recovery_codes: z.array(z.string()) });

export const Tenant = z.object({
  tenant_id: z.int(),
  slug: z.string(),
  name: z.string(),
  created_at: z.iso.datetime(),
});
export type Tenant = z.infer<typeof Tenant>;
export const TenantsReply = z.object({ data: z.array(Tenant) });
/** `POST /admin/tenants`: an organisation, and an invitation of its first owner. */
export const TenantInput = z.strictObject({
  slug: z
    .string(expected('a string'))
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Use lowercase letters, digits, and dashes, at most 63'),
  name: nameField(),
  owner_email: emailField(),
});
export type TenantInput = z.infer<typeof TenantInput>;
export const MadeTenant = Tenant.extend({ invitation: MadeInvitation });
export type MadeTenant = z.infer<typeof MadeTenant>;
/** `POST /admin/reset-links`: the token opens `/reset#TOKEN` of the dashboard. */
export const ResetLinkReply = z.object({ token: z.string(), expires_at: z.iso.datetime() });
export type ResetLinkReply = z.infer<typeof ResetLinkReply>;
