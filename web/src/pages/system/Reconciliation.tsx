import type { ReconciliationReply } from '@clickledger/contract';
import { useReconciliation } from '../../api/queries.js';
import { cn } from '../../lib/cn.js';
import { datesOf } from '../../lib/dates.js';
import { formatCount } from '../../lib/format.js';
import { useView } from '../../state/view.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { Skeleton } from '../../ui/Skeleton.js';
import { Differences } from './Differences.js';
import { RebuildProgress } from './RebuildProgress.js';

/** What was compared between ledger and analytics, what differed, and what became of it. */
export function Reconciliation() {
  const { data, isError, error, refetch } = useReconciliation();
  const { zone } = useView();
  return (
    <Panel title="Reconciliation" testId="reconciliation">
      {isError && <ErrorNote error={error} what="Reconciliation" retry={() => void refetch()} />}
      {!data && !isError && <Skeleton className="h-24" />}
      {data && (
        <>
          <dl className="grid grid-cols-2 gap-x-6 gap-y-3 text-sm sm:grid-cols-4">
            <Figure label="Chunks checked" value={formatCount(data.checked_chunks)} />
            <Figure label="Pending" value={formatCount(data.unchecked_chunks)} />
            <Figure
              label="Differences repaired"
              value={formatCount(data.differences_found - data.differences_open)}
            />
            <Figure
              label="Last checked"
              value={
                data.last_checked_at === null
                  ? 'Never'
                  : datesOf(zone).exact(Date.parse(data.last_checked_at))
              }
            />
          </dl>
          <p className={cn('mt-3 text-sm', toneOf(data))} role="status" data-testid="reconciliation-verdict">
            {verdictOf(data)}
          </p>
          {data.recent.length > 0 && <Differences differences={data.recent} />}
        </>
      )}
      <RebuildProgress />
    </Panel>
  );
}

const Figure = ({ label, value }: { label: string; value: string }) => (
  <div className="min-w-0">
    <dt className="text-muted">{label}</dt>
    <dd className="break-words font-medium">{value}</dd>
  </div>
);

const toneOf = (data: ReconciliationReply) =>
  data.differences_open > 0 ? 'text-crit' : data.checked_chunks > 0 ? 'text-good' : 'text-muted';

function verdictOf({
  differences_open: open,
  differences_found: found,
  checked_chunks: checked,
}: ReconciliationReply) {
  if (open > 0)
    return `${formatCount(open)} ${open === 1 ? 'difference is' : 'differences are'} being repaired from the ledger. If this doesn’t resolve, see docs/runbook.md.`;
  if (checked === 0) return 'No checks yet.';
  if (found > 0) return 'In sync. All differences were repaired from the ledger.';
  return 'In sync, minute by minute. No differences found.';
}
