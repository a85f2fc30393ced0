import { Link } from '@tanstack/react-router';
import { FraudRate } from '../../analytics/BreakdownRows.js';
import { useMay } from '../../app/may.js';
import { carryView } from '../../state/search.js';
import type { CampaignRow } from './campaign-rows.js';

/** The search of a link to a page about one campaign; the range goes along. */
export const onlyCampaign = (campaignId: string, more: Record<string, string> = {}) =>
  ((before: Record<string, unknown>) => ({
    ...carryView(before),
    campaign_id: [campaignId],
    ...more,
  })) as never;

/** A campaign's fraud rate, the way to its fraud report; a dash without clicks, which have no rate. */
export function CampaignFraud({ row }: { row: CampaignRow }) {
  const mayLook = useMay('GET /api/v1/fraud/summary');
  if (row.clicks === 0) return <span className="text-muted">–</span>;
  if (!mayLook || row.flagged === 0) return <FraudRate rate={row.fraudRate} />;
  return (
    <Link
      to="/fraud"
      search={onlyCampaign(row.id)}
      title={`Fraud report of ${row.name}`}
      className="inline-block rounded py-1 hover:underline"
    >
      <FraudRate rate={row.fraudRate} />
    </Link>
  );
}
