import { useHealth, useStats } from '../../api/queries.js';
import { cn } from '../../lib/cn.js';
import { formatSeconds } from '../../lib/format.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Skeleton } from '../../ui/Skeleton.js';
import { Accounts } from './Accounts.js';
import { Latency } from './Latency.js';
import { Rates } from './Rates.js';
import { Reconciliation } from './Reconciliation.js';
import { Relay } from './Relay.js';
import { Stores } from './Stores.js';
import { useStatsHistory } from './stats-history.js';

/** The state of the stores and of the way from click to count. */
export function SystemPage() {
  const health = useHealth();
  const stats = useStats();
  const history = useStatsHistory(stats.data, stats.dataUpdatedAt);
  const { data } = stats;
  return (
    <>
      <PageHeader title="System">
        {data && (
          <p className="text-sm text-muted" data-testid="version">
            Version {data.version} · up for {formatSeconds(data.uptime_seconds)}
          </p>
        )}
      </PageHeader>
      {stats.isError && (
        <div className="card mb-4 px-4">
          <ErrorNote error={stats.error} what="System status" retry={() => void stats.refetch()} />
          {data && (
            <p className="pb-3 text-sm text-muted">
              Showing data from {new Date(stats.dataUpdatedAt).toLocaleTimeString()}.
            </p>
          )}
        </div>
      )}
      {data && (
        <div className={cn('space-y-4', stats.isError && 'opacity-60')} aria-busy={stats.isError}>
          <Rates stats={data} history={history} />
          <div className="grid gap-4 lg:grid-cols-2">
            <Stores stats={data} health={health.data} failed={health.isError} />
            <Accounts stats={data} />
            <Latency stats={data} />
            <Relay stats={data} />
          </div>
          <Reconciliation />
        </div>
      )}
      {!data && !stats.isError && (
        <div role="status" aria-label="Loading" className="space-y-4">
          <Skeleton className="h-28" />
          <div className="grid gap-4 lg:grid-cols-2">
            {['stores', 'accounts', 'latency', 'relay'].map((name) => (
              <Skeleton key={name} className="h-56" />
            ))}
          </div>
        </div>
      )}
    </>
  );
}
