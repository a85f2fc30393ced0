import type { StatsReply } from '@clickledger/contract';
import { formatCount, formatMs } from '../../lib/format.js';
import { Panel } from '../../ui/Panel.js';

const STAGES = [
  ['ingest', 'Request to commit'],
  ['commit', 'Ledger commit'],
  ['guard', 'Duplicate check'],
] as const;

/** How long the stages of a click took in the last minute, and what became of the clicks since the start. */
export function Latency({ stats }: { stats: StatsReply }) {
  const { latency, throughput } = stats;
  const outcomes = [
    ['Accepted', throughput.accepted],
    ['Duplicates', throughput.duplicates],
    ['Flagged', throughput.flagged],
    ['Refused', throughput.refused],
  ] as const;
  return (
    <Panel title="Latency" testId="latency">
      <table className="w-full text-sm">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-right *:pb-1.5 *:pl-3 *:font-medium">
            <th scope="col" className="pl-0! text-left">
              Last minute
            </th>
            <th scope="col">Median</th>
            <th scope="col">p99</th>
            <th scope="col">Samples</th>
          </tr>
        </thead>
        <tbody>
          {STAGES.map(([key, label]) => {
            const measured = latency[key];
            return (
              <tr key={key} className="border-b border-line text-right *:h-9 *:pl-3 [&>td]:whitespace-nowrap">
                <th scope="row" className="pl-0! text-left font-normal text-muted">
                  {label}
                </th>
                <td className="font-medium">{measured ? formatMs(measured.p50_ms) : '–'}</td>
                <td>{measured ? formatMs(measured.p99_ms) : '–'}</td>
                <td>{formatCount(measured?.count ?? 0)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <h3 className="mt-4 text-xs font-medium text-muted">Clicks since this process started</h3>
      <dl className="mt-1 grid grid-cols-2 gap-x-4 gap-y-2 text-sm sm:grid-cols-4">
        {outcomes.map(([label, n]) => (
          <div key={label}>
            <dt className="text-muted">{label}</dt>
            <dd className="font-medium">{formatCount(n)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
