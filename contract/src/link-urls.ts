// Of every runtime; this package has the types of none.
declare const URL: {
  new (text: string): { hostname: string };
  canParse(text: string): boolean;
};

/** What a destination may hold in braces; each is replaced by a percent-encoded value of the click. */
export const LINK_MACROS = [
  'click_id',
  'campaign_id',
  'ad_id',
  'advertiser_id',
  'country',
  'device_type',
  'os',
  'browser',
  'timestamp',
  'sub1',
  'sub2',
  'sub3',
  'sub4',
  'sub5',
] as const;
export type LinkMacro = (typeof LINK_MACROS)[number];

/** A macro in a destination, known or not. */
export const MACRO = /\{(\w{1,64})\}/g;

/** A dot-separated name of RFC 1123 as `URL` writes it (IDN in ASCII); no address, no single label. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a text is a host name with a dot, in lower case, without a port. */
export const isHostName = (text: string): boolean => HOST_NAME.test(text);

/** Printable ASCII and what is beyond it: no spaces, no control characters, no backslash, which browsers take for a slash. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
const NO_URL_TEXT = /[\u0000-\u0020\u007f-\u009f\\]/;

/** Why a text is no destination of a link; null: it is one. */
export function whyNoDestination(text: string, allowHttp: boolean): string | null {
  if (NO_URL_TEXT.test(text)) return 'Spaces, backslashes, and control characters are not allowed';
  if (/\p{Surrogate}/u.test(text)) return 'Not well-formed Unicode';
  const authority = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1];
  if (authority === undefined)
    return allowHttp ? 'Must begin with https:// or http://' : 'Must begin with https://';
  if (authority === '') return 'Not a valid URL';
  if (!allowHttp && /^http:/i.test(text)) return 'Must begin with https://, unless allow_http is on';
  if (/[{}]/.test(authority)) return 'The host can’t hold a macro';
  if (authority.includes('@')) return 'A user name or password is not allowed';
  const sample = text.replaceAll(MACRO, 'x');
  if (!URL.canParse(sample)) return 'Not a valid URL';
  return new URL(sample).hostname === '' ? 'Not a valid URL' : null;
}
