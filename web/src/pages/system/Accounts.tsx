import type { StatsReply } from '@clickledger/contract';
import { cn } from '../../lib/cn.js';
import { formatCount } from '../../lib/format.js';
import { Panel } from '../../ui/Panel.js';

/** The ledger's counts against those of analytics: the two must agree once nothing is on its way. */
export function Accounts({ stats }: { stats: StatsReply }) {
  const { ledger, analytics, lag, set_aside: setAside } = stats;
  const [tone, verdict] = verdictOf(stats);
  const rows = [
    ['Clicks', ledger.clicks, analytics.clicks],
    ['Flagged', ledger.fraud_clicks, analytics.fraud_clicks],
  ] as const;
  return (
    <Panel title="Ledger against analytics" testId="accounts">
      <table className="w-full text-sm">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-right *:pb-1.5 *:font-medium">
            <th scope="col" className="text-left">
              <span className="sr-only">What</span>
            </th>
            <th scope="col">Ledger</th>
            <th scope="col">Analytics</th>
            <th scope="col">Difference</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, inLedger, inAnalytics]) => (
            <tr key={label} className="border-b border-line text-right *:h-9" data-row={label.toLowerCase()}>
              <th scope="row" className="text-left font-normal text-muted">
                {label}
              </th>
              <td className="font-medium" data-ledger={inLedger}>
                {formatCount(inLedger)}
              </td>
              <td className="font-medium" data-analytics={inAnalytics}>
                {formatCount(inAnalytics)}
              </td>
              <td>{formatCount(inLedger - inAnalytics)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl className="mt-2 space-y-1 text-sm">
        <div className="flex justify-between">
          <dt className="text-muted">Waiting to be counted</dt>
          <dd>{formatCount(lag.rows)}</dd>
        </div>
        <div className="flex justify-between">
          <dt className="text-muted">Set aside for replay</dt>
          <dd className={cn(setAside > 0 && 'font-medium text-crit')}>{formatCount(setAside)}</dd>
        </div>
      </dl>
      <p className={cn('mt-3 text-sm', tone)} role="status" data-testid="accounts-verdict">
        {verdict}
      </p>
    </Panel>
  );
}

/** What the counts mean. They are read one after the other, so clicks that come in between may show as a difference. */
function verdictOf({ ledger, analytics, lag, set_aside: setAside, stores }: StatsReply): [string, string] {
  if (stores.clickhouse === 'error')
    return ['text-warn', 'Analytics is away; the ledger keeps everything for it.'];
  if (setAside > 0)
    return [
      'text-crit',
      'Analytics refused some clicks. The ledger has them; replay them as docs/operations.md tells.',
    ];
  if (ledger.clicks === analytics.clicks && ledger.fraud_clicks === analytics.fraud_clicks)
    return ['text-good', 'They agree: every click of the ledger is counted once.'];
  if (lag.rows > 0) return ['text-muted', 'The difference is on its way.'];
  return [
    'text-warn',
    'They differ though nothing waits; if it stays so for a minute, see docs/operations.md.',
  ];
}
