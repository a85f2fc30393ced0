import type { Link } from '@clickledger/contract';

/** The address that people follow: on the link's own host, or on this server. */
export const linkUrl = ({ tracking_url: url }: Pick<Link, 'tracking_url'>): string =>
  url.startsWith('/') ? `${window.location.origin}${url}` : url;

/** The same without its scheme, for a table. */
export const shortUrl = (link: Pick<Link, 'tracking_url'>): string =>
  linkUrl(link).replace(/^https?:\/\//, '');

/** A link's name, or its slug while it has none. */
export const linkName = ({ name, slug }: Pick<Link, 'name' | 'slug'>): string => name ?? slug;

/** Where a link leads, short: "shop.example", "shop.example and 2 more". */
export function destinationText({ destinations }: Pick<Link, 'destinations'>): string {
  const [first, ...more] = destinations;
  const host = /^https?:\/\/([^/?#]+)/i.exec(first?.url ?? '')?.[1] ?? '';
  return more.length === 0 ? host : `${host} and ${more.length} more`;
}

/** What a link does now: its status, as its start and its end have it. */
export type LinkState = 'active' | 'paused' | 'ended' | 'scheduled';

export function stateOf(
  { status, starts_at, ends_at }: Pick<Link, 'status' | 'starts_at' | 'ends_at'>,
  nowMs: number,
): LinkState {
  if (status !== 'active') return status;
  if (ends_at !== null && Date.parse(ends_at) <= nowMs) return 'ended';
  if (starts_at !== null && Date.parse(starts_at) > nowMs) return 'scheduled';
  return 'active';
}
