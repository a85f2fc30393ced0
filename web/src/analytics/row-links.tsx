import { Link } from '@tanstack/react-router';
import { ArrowUpRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useMay } from '../app/may.js';
import { DIMENSION_LABELS, type Dimension, type Filter, filterParam, withValue } from '../lib/filters.js';
import { carryView, keepView } from '../state/search.js';

/** The search of a link that takes the view along with other filters, such as those that a page sets by itself. */
const withFilters = (filters: readonly Filter[], more: Record<string, string> = {}) =>
  ((before: Record<string, unknown>) => ({
    ...carryView(before),
    ...Object.fromEntries(filters.map((filter) => [filterParam(filter), [...filter.values]])),
    ...more,
  })) as never;

/** To the fraud page, about the same clicks; only the words for whom that page is not. */
export function ToFraud({ filters, children }: { filters: readonly Filter[]; children: ReactNode }) {
  if (!useMay('GET /api/v1/fraud/summary')) return children;
  return (
    <Link to="/fraud" search={withFilters(filters)} title="View on the Fraud page" data-testid="to-fraud">
      {children}
    </Link>
  );
}

interface Props {
  dimension: Dimension;
  value: string;
  name: string;
  /** Those of the page and of the view. */
  filters: readonly Filter[];
}

/** To the flagged clicks of a group, in the click log; only the words for whom there are none. */
export function ToFlagged({
  dimension,
  value,
  filters,
  flagged,
  children,
}: Omit<Props, 'name'> & { flagged: number; children: ReactNode }) {
  if (!useMay('GET /api/v1/clicks') || flagged === 0) return children;
  const others = filters.filter((filter) => filter.dimension !== dimension);
  return (
    <Link
      to="/clicks"
      search={withFilters(withValue(others, dimension, value), { flagged: 'true' })}
      className="inline-flex min-h-6 items-center underline decoration-dotted underline-offset-4 hover:decoration-solid"
      title="View the flagged clicks"
      data-testid="to-flagged"
    >
      {children}
    </Link>
  );
}

/** To the page of a campaign, or of an ad whose campaign is known; nothing for other dimensions. */
export function ToEntity({ dimension, value, name, filters }: Props) {
  const look =
    'absolute right-7 top-1.5 grid size-6 place-items-center rounded text-muted opacity-0 hover:bg-surface hover:text-ink focus-visible:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100';
  const label = `Open ${DIMENSION_LABELS[dimension].one.toLowerCase()} ${name}`;
  const icon = <ArrowUpRight className="size-3.5" aria-hidden="true" />;
  const common = { className: look, 'aria-label': label, title: label, 'data-testid': 'to-entity' };
  if (dimension === 'campaign_id')
    return (
      <Link {...common} to="/campaigns/$campaignId" params={{ campaignId: value }} search={keepView}>
        {icon}
      </Link>
    );
  if (dimension === 'link_id' && value !== '')
    return (
      <Link {...common} to="/links/$linkId" params={{ linkId: value }} search={keepView}>
        {icon}
      </Link>
    );
  const campaigns = filters.find((filter) => filter.dimension === 'campaign_id' && !filter.not)?.values ?? [];
  const [campaignId] = campaigns;
  if (dimension !== 'ad_id' || campaigns.length !== 1 || !campaignId) return null;
  return (
    <Link
      {...common}
      to="/campaigns/$campaignId/ads/$adId"
      params={{ campaignId, adId: value }}
      search={keepView}
    >
      {icon}
    </Link>
  );
}
