import type { AggregateRow } from '@clickledger/contract';
import { CAMPAIGNS_SHOWN_MAX, useBreakdown, useCampaignNames, useSummary } from '../api/queries.js';
import { formatCount, formatShare } from '../lib/format.js';
import { fraudRate } from '../lib/fraud.js';
import { useView } from '../state/view.js';
import { FraudBadge } from './FraudBadge.js';
import { Panel, SkeletonRows } from './Panel.js';

/** The campaigns with the most clicks. A row filters the page by its campaign. */
export function CampaignTable() {
  const campaigns = useBreakdown('campaign_id', CAMPAIGNS_SHOWN_MAX);
  const total = useSummary().data?.answer.current.clicks ?? 0;
  return (
    <Panel
      title="Campaigns"
      testId="campaign-panel"
      query={campaigns}
      skeleton={<SkeletonRows count={6} />}
      actions={
        (campaigns.data?.answer.length ?? 0) >= CAMPAIGNS_SHOWN_MAX && (
          <p className="text-xs text-muted">Top {CAMPAIGNS_SHOWN_MAX} by clicks</p>
        )
      }
    >
      {({ answer }) => (
        <div className="-mx-2 overflow-x-auto">
          <table className="w-full table-fixed text-sm" data-testid="campaign-table">
            <thead>
              <tr className="text-right text-muted *:px-2 *:pb-2 *:font-normal">
                <th className="text-left">Campaign</th>
                <th className="w-20 sm:w-24">Clicks</th>
                <th className="w-32 text-left max-md:hidden">Share</th>
                <th className="w-20 max-sm:hidden" title="Approximate">
                  Users ≈
                </th>
                <th className="w-24 max-sm:hidden">Billable</th>
                <th className="w-32">Fraud rate</th>
              </tr>
            </thead>
            <tbody>
              {answer.map((row) => (
                <CampaignRow key={row.campaign_id} row={row} total={total} />
              ))}
            </tbody>
          </table>
          {answer.length === 0 && (
            <p className="px-2 py-6 text-center text-sm text-muted">No clicks in this range.</p>
          )}
        </div>
      )}
    </Panel>
  );
}

function CampaignRow({ row, total }: { row: AggregateRow; total: number }) {
  const setFilter = useView((view) => view.setFilter);
  const id = row.campaign_id ?? '';
  const name = useCampaignNames().data?.get(id);
  const share = total > 0 ? Math.min(1, row.clicks / total) : 0;
  return (
    <tr
      data-campaign={id}
      data-clicks={row.clicks}
      className="relative border-t border-line text-right hover:bg-sunken *:px-2 *:py-2.5"
    >
      <th className="text-left font-medium" scope="row">
        <button
          type="button"
          // The button covers its whole row, so that a click anywhere on the row filters.
          className="block w-full truncate text-left after:absolute after:inset-0"
          title={name ? `${name} (${id}): show only this campaign` : `${id}: show only this campaign`}
          onClick={() => setFilter('campaign_id', id)}
        >
          {name ?? id}
        </button>
      </th>
      <td>{formatCount(row.clicks)}</td>
      <td className="max-md:hidden">
        <span className="flex items-center gap-2">
          <span className="h-2 grow rounded-full bg-sunken" aria-hidden="true">
            <span
              className="block h-2 rounded-full bg-accent"
              style={{ width: `${Math.max(share * 100, 1)}%` }}
            />
          </span>
          <span className="w-12 shrink-0 text-right text-muted">{formatShare(share)}</span>
        </span>
      </td>
      <td className="max-sm:hidden">{formatCount(row.unique_users)}</td>
      <td className="max-sm:hidden">{formatCount(row.clicks - row.fraud_count)}</td>
      <td>
        <FraudBadge rate={fraudRate(row.fraud_count, row.clicks)} />
      </td>
    </tr>
  );
}
