import { type LinkMacro, MACRO } from '@clickledger/contract';

/** What each macro becomes, for those who choose one. */
export const MACRO_MEANINGS: Record<LinkMacro, string> = {
  click_id: 'ID of the click',
  campaign_id: 'Campaign ID',
  ad_id: 'Ad ID',
  advertiser_id: 'Advertiser ID',
  country: 'Country code, e.g. US',
  device_type: 'Device, e.g. mobile',
  os: 'Operating system',
  browser: 'Browser',
  timestamp: 'Unix time, in seconds',
  sub1: 'sub1 of the link',
  sub2: 'sub2 of the link',
  sub3: 'sub3 of the link',
  sub4: 'sub4 of the link',
  sub5: 'sub5 of the link',
};

/** What stands for each macro in a preview; those of the query string aside. */
export type MacroValues = Partial<Record<LinkMacro, string>>;

/** A visitor of a preview. */
export const SAMPLE: MacroValues = {
  click_id: '0192f0c1-2a3b-7c4d-8e5f-001122334455',
  country: 'US',
  device_type: 'mobile',
  os: 'iOS',
  browser: 'Safari',
  timestamp: '1764316800',
};

/** Settings of a link that shape the URL a visitor is sent to. */
interface Shaping {
  passes: boolean;
  clickIdParameter: string;
}

/**
 * The URL that a destination becomes for a visitor, by the rules of the redirect: macros are filled in and percent-encoded, unknown ones
 * empty; what is appended stands before a fragment and replaces no parameter of the destination.
 *
 * @param query of the request, without `?`
 * @returns null while the destination is no whole URL
 */
export function previewUrl(
  destination: string,
  values: MacroValues,
  query: string,
  { passes, clickIdParameter }: Shaping,
): string | null {
  const given = new URLSearchParams(query);
  const filledWith = (name: string) =>
    encodeURIComponent((/^sub[1-5]$/.test(name) ? given.get(name) : values[name as LinkMacro]) ?? '');
  const fill = (text: string) => text.replaceAll(MACRO, (_, name: string) => filledWith(name));
  const [before = '', ...behind] = destination.split('#');
  if (!/^https?:\/\/[^/]/i.test(before) || !URL.canParse(fill(before))) return null;
  const own = new URLSearchParams(before.split('?')[1] ?? '');
  const idName = clickIdParameter.trim();
  const appended = [...given].filter(([name]) => passes && name !== idName && !own.has(name));
  if (idName !== '') appended.push([idName, values.click_id ?? '']);
  const pairs = appended.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const separator = pairs.length === 0 || /[?&]$/.test(before) ? '' : before.includes('?') ? '&' : '?';
  const fragment = behind.length > 0 ? `#${behind.join('%23')}` : '';
  return `${fill(before)}${separator}${pairs.join('&')}${fill(fragment)}`;
}

/** Macros in a destination that there are none of: each becomes empty. */
export const unknownMacros = (destination: string): string[] =>
  [...destination.matchAll(MACRO)].flatMap(([text, name = '']) =>
    Object.hasOwn(MACRO_MEANINGS, name) ? [] : [text],
  );
