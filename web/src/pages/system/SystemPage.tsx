import { useStats } from '../../api/queries.js';
import { STORE_STATES, STORES } from '../../app/HealthLight.js';
import { formatCount, formatSeconds } from '../../lib/format.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';

/** The state of the stores and of the way from click to count. */
export function SystemPage() {
  const stats = useStats();
  const rows = stats.data && [
    ...STORES.map(([key, name, role]) => [`${name} (${role})`, STORE_STATES[stats.data.stores[key]].label]),
    ['Clicks in the ledger', formatCount(stats.data.ledger.clicks)],
    ['Clicks in analytics', formatCount(stats.data.analytics.clicks)],
    [
      'Waiting to be counted',
      `${formatCount(stats.data.lag.rows)}, ${formatSeconds(stats.data.lag.seconds)}`,
    ],
    ['Version', stats.data.version],
  ];
  return (
    <>
      <PageHeader title="System" />
      <Panel title="State">
        {stats.isError && <ErrorNote error={stats.error} what="State" retry={() => void stats.refetch()} />}
        {!stats.isError && !rows && <SkeletonRows count={7} />}
        {rows && (
          <dl className="divide-y divide-line text-sm">
            {rows.map(([label, value]) => (
              <div key={label} className="flex justify-between py-2">
                <dt className="text-muted">{label}</dt>
                <dd className="font-medium">{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </Panel>
    </>
  );
}
