import type { Link } from '@clickledger/contract';
import { type Figures, NO_FIGURES } from '../../api/questions.js';
import { type LinkState, linkName, stateOf } from './link-url.js';

/** A link beside its figures of the range. */
export interface LinkRow {
  link: Link;
  name: string;
  figures: Figures;
}

type Order = (a: LinkRow, b: LinkRow) => number;
const byAge: Order = (a, b) => a.link.created_at.localeCompare(b.link.created_at);
const ORDERS: Record<string, Order> = {
  name: (a, b) => a.name.localeCompare(b.name),
  ad: (a, b) =>
    `${a.link.campaign_id} ${a.link.ad_id}`.localeCompare(`${b.link.campaign_id} ${b.link.ad_id}`),
  status: (a, b) => a.link.status.localeCompare(b.link.status),
  clicks: (a, b) => a.figures.clicks - b.figures.clicks,
  conversions: (a, b) => a.figures.conversions - b.figures.conversions,
  created: byAge,
};

/** Links in a state, or all of them, in an order such as `clicks.desc`. */
export function linkRows(
  links: readonly Link[],
  figuresById: ReadonlyMap<string, Figures>,
  { state, sort, nowMs }: { state: LinkState | ''; sort: string; nowMs: number },
): LinkRow[] {
  const [column = '', direction] = sort.split('.');
  const order = ORDERS[column] ?? byAge;
  return links
    .filter((link) => state === '' || stateOf(link, nowMs) === state)
    .map((link) => ({ link, name: linkName(link), figures: figuresById.get(link.link_id) ?? NO_FIGURES }))
    .sort((a, b) => (direction === 'asc' ? order(a, b) : order(b, a)));
}
