import type { StatsReply } from '@clickledger/contract';
import { cn } from '../../lib/cn.js';
import { formatCount } from '../../lib/format.js';
import { Panel } from '../../ui/Panel.js';

/** The ledger's counts and those of reporting: the two must agree once nothing is pending. */
export function Accounts({ stats }: { stats: StatsReply }) {
  const { ledger, analytics, lag, set_aside: setAside } = stats;
  const [tone, verdict] = verdictOf(stats);
  const rows = [
    ['Clicks', ledger.clicks, analytics.clicks],
    ['Flagged', ledger.fraud_clicks, analytics.fraud_clicks],
  ] as const;
  return (
    <Panel title="Ledger vs reporting" testId="accounts">
      <table className="w-full text-sm">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-right *:pb-1.5 *:font-medium">
            <th scope="col" className="text-left">
              <span className="sr-only">What</span>
            </th>
            <th scope="col">Ledger</th>
            <th scope="col">Reporting</th>
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
          <dt className="text-muted">Pending</dt>
          <dd>{formatCount(lag.rows)}</dd>
        </div>
        <div className="flex justify-between">
          <dt className="text-muted">Dead letters</dt>
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
    return ['text-warn', 'Reporting is temporarily unavailable. The ledger keeps all clicks.'];
  if (setAside > 0)
    return [
      'text-crit',
      'Some clicks were refused by reporting and are kept as dead letters. See docs/operations.md to replay them.',
    ];
  if (ledger.clicks === analytics.clicks && ledger.fraud_clicks === analytics.fraud_clicks)
    return ['text-good', 'In sync: every click in the ledger is counted once.'];
  if (lag.rows > 0)
    return ['text-muted', `${formatCount(lag.rows)} ${lag.rows === 1 ? 'click' : 'clicks'} pending.`];
  return [
    'text-warn',
    'Counts differ although nothing is pending. If this lasts longer than a minute, see docs/operations.md.',
  ];
}
