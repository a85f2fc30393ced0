import { z } from 'zod';
import { expected, isWellFormed, NO_CONTROL, NOT_WELL_FORMED } from './clicks.js';
import { STATUSES } from './entities.js';
import { countField, filterField, nameField, newIdField, timeField, wholeField } from './fields.js';
import { LIMITS } from './limits.js';
import { isHostName, whyNoDestination } from './link-urls.js';

/** Values of the `Referrer-Policy` header of a redirect. Source: W3C, Referrer Policy. */
export const REFERRER_POLICIES = [
  'no-referrer',
  'no-referrer-when-downgrade',
  'origin',
  'origin-when-cross-origin',
  'same-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
] as const;

/** `required`: the link is followed only with a signature made by one of its keys. */
export const SIGNINGS = ['none', 'required'] as const;

const url = () =>
  z
    .string(expected('a string'))
    .min(1, 'Must not be empty')
    .max(LIMITS.destinationLengthMax, `At most ${LIMITS.destinationLengthMax} characters`);
const slug = () =>
  z
    .string(expected('a string'))
    .regex(/^[A-Za-z0-9_-]+$/, 'Use letters, digits, dashes, and underscores')
    .max(LIMITS.slugLengthMax, `At most ${LIMITS.slugLengthMax} characters`);
/** A host name as browsers send it: lower case, without a port. */
const hostName = () =>
  z
    .string(expected('a string'))
    .trim()
    .toLowerCase()
    .max(LIMITS.hostLengthMax, `At most ${LIMITS.hostLengthMax} characters`)
    .refine(isHostName, 'Expected a host name such as go.shop.example');
const parameter = () =>
  z
    .string(expected('a string'))
    .regex(/^[A-Za-z0-9_.-]+$/, 'Use letters, digits, dots, dashes, and underscores')
    .max(LIMITS.labelLengthMax, `At most ${LIMITS.labelLengthMax} characters`)
    .nullable();
const moment = () => timeField().nullable();
const distinct = (list: readonly string[]) => new Set(list).size === list.length;

export const Destination = z.strictObject({
  url: url().describe('Where people are sent. It may hold macros, such as {click_id}.'),
  weight: wholeField(1, LIMITS.destinationWeightMax)
    .default(1)
    .describe('The share of people who are sent here, beside the weights of the other destinations.'),
});
export type Destination = z.infer<typeof Destination>;

/** A tracking link, as the API gives it. */
export const Link = z.object({
  link_id: z.uuid(),
  /** Empty: the host of this server. */
  host: z.string(),
  slug: z.string(),
  /** What people follow: `/r/slug`, after `https://` and the host when that is known. */
  tracking_url: z.string(),
  name: z.string().nullable(),
  ad_id: z.string(),
  /** Of the ad as it is now; null: the ad is unknown. */
  campaign_id: z.string().nullable(),
  advertiser_id: z.string().nullable(),
  destinations: z.array(z.object({ url: z.string(), weight: z.int() })),
  status: z.enum(STATUSES),
  starts_at: z.iso.datetime().nullable(),
  ends_at: z.iso.datetime().nullable(),
  fallback_url: z.string().nullable(),
  pass_parameters: z.boolean(),
  click_id_parameter: z.string().nullable(),
  referrer_policy: z.enum(REFERRER_POLICIES),
  allow_http: z.boolean(),
  allowed_hosts: z.array(z.string()),
  signing: z.enum(SIGNINGS),
  /** The keys in force, newest first: their first characters. */
  signing_keys: z.array(z.object({ hint: z.string(), created_at: z.iso.datetime() })),
  created_at: z.iso.datetime(),
});
export type Link = z.infer<typeof Link>;

const fields = {
  name: nameField(),
  destinations: z
    .array(Destination, expected('an array'))
    .min(1, 'At least 1 destination')
    .max(LIMITS.destinationsMax, `At most ${LIMITS.destinationsMax} destinations`),
  status: z.enum(STATUSES, { error: `Expected ${STATUSES.join(', ')}` }),
  starts_at: moment().describe('Before it, people are sent to the fallback.'),
  ends_at: moment().describe('From then on, people are sent to the fallback.'),
  fallback_url: url()
    .nullable()
    .describe('Where people are sent while the link, its ad, or its campaign is not active or over budget.'),
  pass_parameters: z
    .boolean(expected('true or false'))
    .describe('Appends the query parameters of the link to the destination.'),
  click_id_parameter: parameter().describe('Appends the click ID to the destination under this name.'),
  referrer_policy: z.enum(REFERRER_POLICIES, { error: `Expected ${REFERRER_POLICIES.join(', ')}` }),
  allow_http: z
    .boolean(expected('true or false'))
    .describe('Destinations may begin with http:// as well as https://.'),
  allowed_hosts: z
    .array(
      z
        .string(expected('a string'))
        .trim()
        .toLowerCase()
        .max(LIMITS.hostLengthMax, `At most ${LIMITS.hostLengthMax} characters`)
        .refine(
          (host) => isHostName(host.replace(/:\d{1,5}$/, '')),
          'Expected a host such as shop.example or shop.example:8443',
        ),
      expected('an array'),
    )
    .max(LIMITS.allowedHostsMax, `At most ${LIMITS.allowedHostsMax} hosts`)
    .refine(distinct, 'Must not repeat')
    .describe('Hosts that the parameter `url` of the link may send people to, each as written.'),
  signing: z.enum(SIGNINGS, { error: `Expected ${SIGNINGS.join(' or ')}` }),
};

/** What the fields of a link must be to one another. */
export function checkLink(
  link: {
    destinations?: readonly { url: string }[] | undefined;
    fallback_url?: string | null | undefined;
    allow_http?: boolean | undefined;
    starts_at?: string | null | undefined;
    ends_at?: string | null | undefined;
  },
  context: Pick<z.RefinementCtx, 'addIssue'>,
): void {
  const wrong = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  const { allow_http: allowHttp = false, starts_at: start, ends_at: end } = link;
  link.destinations?.forEach(({ url: text }, i) => {
    const why = whyNoDestination(text, allowHttp);
    if (why !== null) wrong(['destinations', i, 'url'], why);
  });
  const why = link.fallback_url ? whyNoDestination(link.fallback_url, allowHttp) : null;
  if (why !== null) wrong(['fallback_url'], why);
  if (start && end && Date.parse(start) >= Date.parse(end)) wrong(['ends_at'], 'Must be after starts_at');
}

/** The body of `POST /links`. */
export const NewLink = z
  .strictObject({
    ad_id: newIdField().describe('The ad that the link is behind; set it up first'),
    slug: slug().optional().describe('The last part of the link; made if absent'),
    host: hostName()
      .or(z.literal(''))
      .default('')
      .describe('A link host of the account; empty: the host of this server'),
    name: fields.name.default(null),
    destinations: fields.destinations,
    status: fields.status.default('active'),
    starts_at: fields.starts_at.default(null),
    ends_at: fields.ends_at.default(null),
    fallback_url: fields.fallback_url.default(null),
    pass_parameters: fields.pass_parameters.default(false),
    click_id_parameter: fields.click_id_parameter.default(null),
    referrer_policy: fields.referrer_policy.default('strict-origin-when-cross-origin'),
    allow_http: fields.allow_http.default(false),
    allowed_hosts: fields.allowed_hosts.default([]),
    signing: fields.signing.default('none'),
  })
  .superRefine(checkLink);
export type NewLink = z.infer<typeof NewLink>;

/** The body of `PATCH /links/:link_id`: only the fields to change. Host and slug stay: they are out in the world. */
export const LinkChange = z
  .strictObject({ ad_id: newIdField(), ...fields })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'Name at least one field to change' });
export type LinkChange = z.infer<typeof LinkChange>;
/** A change beside what stays: as a new link is checked. */
export const ChangedLink = z.custom<Parameters<typeof checkLink>[0]>().superRefine(checkLink);

export const LinksQuery = z.strictObject({
  ad_id: filterField().optional(),
  campaign_id: filterField().optional(),
  status: fields.status.optional(),
  search: z
    .string(expected('one value'))
    .min(1, 'Must not be empty')
    .max(LIMITS.searchLengthMax, 'Too long')
    .regex(NO_CONTROL, 'Control characters are not allowed')
    .refine(isWellFormed, NOT_WELL_FORMED)
    .optional()
    .describe('Text in the slug, the name, or a destination, in any case'),
  limit: countField(LIMITS.linksPageMax, 100),
  after: z.uuid({ error: 'Expected a UUID' }).optional().describe('`next_after` of the page before'),
});
export type LinksQuery = z.infer<typeof LinksQuery>;
/** Newest first. */
export const LinksReply = z.object({ data: z.array(Link), next_after: z.uuid().nullable() });
export type LinksReply = z.infer<typeof LinksReply>;

/** `POST /links/:link_id/signing-keys`: told once. The key before it stays in force; older ones do not. */
export const MadeSigningKey = z.object({ key: z.string(), hint: z.string(), created_at: z.iso.datetime() });
export type MadeSigningKey = z.infer<typeof MadeSigningKey>;

/** Columns of the CSV file of links, in the order of the export. Several destinations: `url weight` on lines of their own. */
export const LINK_COLUMNS = [
  'link_id',
  'host',
  'slug',
  'tracking_url',
  'name',
  'ad_id',
  'destination',
  'status',
  'starts_at',
  'ends_at',
  'fallback_url',
  'pass_parameters',
  'click_id_parameter',
  'referrer_policy',
  'allow_http',
  'allowed_hosts',
  'signing',
] as const;
export type LinkColumn = (typeof LINK_COLUMNS)[number];

/** The body of `POST /links/import`. */
export const LinkImport = z.strictObject({
  csv: z
    .string(expected('a string'))
    .min(1, 'Must not be empty')
    .describe(
      'Comma-separated values with a header; columns as in the export. Required: ad_id and destination.',
    ),
  dry_run: z.boolean(expected('true or false')).default(false).describe('Checks the file and makes nothing.'),
});
export type LinkImport = z.infer<typeof LinkImport>;
/** All rows are made, or none is. */
export const LinkImportReply = z.object({
  rows: z.int(),
  /** 0 when a row is wrong, and for a dry run. */
  made: z.int(),
  /** The first wrong rows. */
  errors: z.array(
    z.object({
      /** Of the row, from 1; the header is line 1. */
      line: z.int(),
      column: z.string(),
      message: z.string(),
    }),
  ),
});
export type LinkImportReply = z.infer<typeof LinkImportReply>;

/** A host name for links of one account. */
export const LinkHost = z.object({ host: z.string(), links: z.int(), created_at: z.iso.datetime() });
export const LinkHostsReply = z.object({ data: z.array(LinkHost) });
export type LinkHostsReply = z.infer<typeof LinkHostsReply>;
export const LinkHostPath = z.object({ host: hostName().describe('A host name') });
/** The body of `PUT /link-hosts/:host`. */
export const LinkHostInput = z.strictObject({
  tenant: z
    .string(expected('a string'))
    .max(63, 'Too long')
    .optional()
    .describe('Slug of the account whose links it is for; your own if absent'),
});
