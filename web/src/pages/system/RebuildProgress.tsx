import { useRebuild } from '../../api/queries.js';
import { formatCount } from '../../lib/format.js';

/** How far analytics is rebuilt from the ledger; nothing while that was never asked for. */
export function RebuildProgress() {
  const { data } = useRebuild();
  if (!data || data.state === 'idle') return null;
  const { state, clicks_done: done, clicks_total: total, seconds, error } = data;
  const months =
    data.months === null ? 'All reporting data' : `Reporting data for ${data.months.map(monthOf).join(', ')}`;
  if (state === 'failed')
    return (
      <p className="mt-3 text-sm text-crit" role="status" data-testid="rebuild">
        {months} couldn’t be rebuilt and is unchanged: {error}
      </p>
    );
  if (state === 'done')
    return (
      <p className="mt-3 text-sm text-muted" role="status" data-testid="rebuild">
        {months} rebuilt from the ledger: {formatCount(done)} clicks in {seconds} s.
      </p>
    );
  return (
    <div className="mt-3 text-sm" data-testid="rebuild">
      <p className="flex justify-between gap-4">
        <span>Rebuilding from the ledger: {months}</span>
        <span className="text-muted">
          {formatCount(done)} of {formatCount(total)} clicks
        </span>
      </p>
      <div
        className="mt-1 h-2 overflow-hidden rounded-full bg-accent-soft"
        role="progressbar"
        aria-label="Rebuild"
        aria-valuenow={done}
        aria-valuemax={Math.max(1, total)}
      >
        <div
          className="h-full bg-accent transition-[width]"
          style={{ width: `${(100 * done) / Math.max(1, total)}%` }}
        />
      </div>
    </div>
  );
}

/** 202511 as 2025-11. */
const monthOf = (month: number) => `${Math.floor(month / 100)}-${String(month % 100).padStart(2, '0')}`;
