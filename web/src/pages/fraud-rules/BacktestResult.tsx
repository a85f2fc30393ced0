import type { BacktestReply } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { nameAndId, useLabels } from '../../analytics/names.js';
import { datesOf } from '../../lib/dates.js';
import { formatCount, formatMoney, formatMs } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';
import { carryView } from '../../state/search.js';
import { useView } from '../../state/view.js';
import { ScrollArea } from '../../ui/ScrollArea.js';

/** What a change would have done: in all, by rule, by campaign, and to some clicks. */
export function BacktestResult({ reply, days }: { reply: BacktestReply; days: number }) {
  const { clicks, newly_flagged, no_longer_flagged, cost_micros_now, cost_micros_then } = reply;
  const isSame = newly_flagged === 0 && no_longer_flagged === 0;
  return (
    <div
      role="status"
      data-testid="backtest-result"
      data-newly-flagged={newly_flagged}
      className="max-h-[50dvh] space-y-3 overflow-y-auto border-t border-line pt-3 text-sm"
    >
      <p>
        {isSame ? (
          <>
            <strong>No change.</strong> None of the {formatCount(clicks)} clicks in the last{' '}
            {days === 1 ? 'day' : `${days} days`} would be judged differently.
          </>
        ) : (
          <>
            Of {formatCount(clicks)} clicks in the last {days === 1 ? 'day' : `${days} days`},{' '}
            <strong>{formatCount(newly_flagged)}</strong> more would be flagged and{' '}
            <strong>{formatCount(no_longer_flagged)}</strong> fewer. Spend would be{' '}
            {formatMoney(cost_micros_then)} instead of {formatMoney(cost_micros_now)}.
          </>
        )}
      </p>
      <ul className="text-muted">
        {reply.rules.map(({ rule, fired_now, fired_then, how }) => (
          <li key={rule}>
            {ruleLabel(rule)}:{' '}
            {fired_now === fired_then
              ? `${formatCount(fired_now)} matches, no change`
              : `${formatCount(fired_now)} → ${formatCount(fired_then)} matches`}
            {how === 'as_stored' && ' (from results at the time of the click)'}
          </li>
        ))}
      </ul>
      {!isSame && (
        <div className="grid gap-4 lg:grid-cols-2">
          <Campaigns campaigns={reply.campaigns} />
          <Samples samples={reply.samples} />
        </div>
      )}
      <p className="text-xs text-muted">
        Nothing was changed. Allow and block lists are not part of a back-test. Took{' '}
        {formatMs(reply.query_time_ms)}.
      </p>
    </div>
  );
}

function Campaigns({ campaigns }: { campaigns: BacktestReply['campaigns'] }) {
  const labelOf = useLabels();
  return (
    <ScrollArea label="Back-test by campaign">
      <table className="w-full" data-testid="backtest-campaigns">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-right *:px-2 *:pb-1 *:font-medium">
            <th scope="col" className="text-left">
              Campaign
            </th>
            <th scope="col">Newly flagged</th>
            <th scope="col">No longer</th>
            <th scope="col">Spend change</th>
          </tr>
        </thead>
        <tbody>
          {campaigns.map((one) => (
            <tr
              key={one.campaign_id}
              className="border-b border-line text-right last:border-0 *:h-8 *:px-2"
              data-campaign={one.campaign_id}
            >
              <th
                scope="row"
                className="max-w-48 truncate text-left font-normal"
                title={nameAndId(labelOf('campaign_id', one.campaign_id), one.campaign_id)}
              >
                {labelOf('campaign_id', one.campaign_id)}
              </th>
              <td>{formatCount(one.newly_flagged)}</td>
              <td>{formatCount(one.no_longer_flagged)}</td>
              <td>{formatMoney(one.cost_micros_then - one.cost_micros_now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function Samples({ samples }: { samples: BacktestReply['samples'] }) {
  const labelOf = useLabels();
  const dates = datesOf(useView().zone);
  return (
    <div>
      <h3 className="mb-1 text-xs font-medium text-muted">Sample clicks</h3>
      <ul data-testid="backtest-samples">
        {samples.map(({ click_id, clicked_at, campaign_id, would_be_flagged }) => (
          <li key={click_id} className="flex flex-wrap gap-x-2">
            <Link
              to="/clicks"
              search={
                ((before: Record<string, unknown>) => ({ ...carryView(before), click: click_id })) as never
              }
              className="py-0.5 text-accent hover:underline"
            >
              {dates.exact(Date.parse(clicked_at))}
            </Link>
            <span>{labelOf('campaign_id', campaign_id)}</span>
            <span className={would_be_flagged ? 'text-crit' : 'text-good'}>
              {would_be_flagged ? 'newly flagged' : 'no longer flagged'}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
