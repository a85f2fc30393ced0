import type { StatsReply } from '@clickledger/contract';
import type { ReactNode } from 'react';
import { datesOf } from '../../lib/dates.js';
import { formatCount } from '../../lib/format.js';
import { useView } from '../../state/view.js';
import { Panel } from '../../ui/Panel.js';

/** The way from the ledger to analytics, and from there to the open dashboards. */
export function Relay({ stats: { relay, viewers } }: { stats: StatsReply }) {
  const { zone } = useView();
  const lines: [string, ReactNode][] = [
    ['Last chunk', relay.last_chunk_id === null ? 'None yet' : formatCount(relay.last_chunk_id)],
    [
      'Last delivered',
      relay.last_delivered_at === null
        ? 'None yet'
        : datesOf(zone).exact(Date.parse(relay.last_delivered_at)),
    ],
    [
      'Last attempt',
      relay.last_error === null ? 'OK' : <span className="text-crit">{relay.last_error}</span>,
    ],
    ['Open dashboards', formatCount(viewers.streams)],
    ['Shared queries', formatCount(viewers.views)],
  ];
  return (
    <Panel title="Delivery and dashboards" testId="relay">
      <dl className="divide-y divide-line text-sm">
        {lines.map(([label, value]) => (
          <div key={label} className="flex justify-between gap-6 py-2">
            <dt className="shrink-0 text-muted">{label}</dt>
            <dd className="min-w-0 break-words text-right font-medium">{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
