import type { BacktestReply } from '@clickledger/contract';
import { formatCount, formatMoney, formatMs } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';

/** What a change would have done, in one sentence a rule and one for the bill. */
export function BacktestResult({ reply, days }: { reply: BacktestReply; days: number }) {
  const { clicks, newly_flagged, no_longer_flagged, cost_micros_now, cost_micros_then } = reply;
  return (
    <div role="status" data-testid="backtest-result" className="space-y-2 border-t border-line pt-3 text-sm">
      <p>
        Of {formatCount(clicks)} clicks of the last {days === 1 ? 'day' : `${days} days`},{' '}
        <strong>{formatCount(newly_flagged)}</strong> more would be flagged and{' '}
        <strong>{formatCount(no_longer_flagged)}</strong> no longer. The bill would be{' '}
        {formatMoney(cost_micros_then)} instead of {formatMoney(cost_micros_now)}.
      </p>
      <ul className="text-muted">
        {reply.rules.map(({ rule, fired_now, fired_then, how }) => (
          <li key={rule}>
            {ruleLabel(rule)} fired {formatCount(fired_now)} times, would fire {formatCount(fired_then)} times
            {how === 'as_stored' && ' (by what it said when the clicks came in)'}
          </li>
        ))}
      </ul>
      {reply.campaigns.length > 0 && (
        <p className="text-muted">
          Most in{' '}
          {reply.campaigns
            .slice(0, 5)
            .map(
              (one) =>
                `${one.campaign_id} (+${formatCount(one.newly_flagged)}, −${formatCount(one.no_longer_flagged)})`,
            )
            .join(', ')}
          .
        </p>
      )}
      <p className="text-xs text-muted">Nothing was changed. Took {formatMs(reply.query_time_ms)}.</p>
    </div>
  );
}
