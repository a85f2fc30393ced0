import { Link } from '@tanstack/react-router';
import { FilterChips } from '../../analytics/FilterChips.js';
import { Toolbar } from '../../analytics/Toolbar.js';
import { cn } from '../../lib/cn.js';
import { formatMs } from '../../lib/format.js';
import { useRange } from '../../state/range.js';
import { keepView } from '../../state/search.js';
import { useChangeSearch, useSearchText, useView } from '../../state/view.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Skeleton } from '../../ui/Skeleton.js';
import { IgnoredFilters } from '../clicks/IgnoredFilters.js';
import { StoryDialog } from '../clicks/StoryDialog.js';
import { FraudChart } from './FraudChart.js';
import { FraudFigures } from './FraudFigures.js';
import { FraudFilters } from './FraudFilters.js';
import { splitScope, useFraudSummary } from './fraud-queries.js';
import { LatestFlagged } from './LatestFlagged.js';
import { Offenders } from './Offenders.js';
import { Rules } from './Rules.js';

/** Flagged clicks: how many, when, why, and from whom. */
export function FraudPage() {
  const { filters } = useView();
  const range = useRange();
  const clickId = useSearchText('click');
  const change = useChangeSearch();
  const summary = useFraudSummary(range, filters);
  const { data } = summary;
  return (
    <>
      <PageHeader title="Fraud">
        <Link
          to="/fraud/rules"
          search={keepView}
          data-testid="to-rules"
          className="py-0.5 text-sm text-accent hover:underline"
        >
          Rules, lists, and alerts
        </Link>
        <Toolbar alone />
      </PageHeader>
      <FraudFilters rules={data?.rules.map(({ rule }) => rule) ?? []} />
      <FilterChips />
      <IgnoredFilters filters={splitScope(filters).ignored} takes="one known value per filter" />
      <div className="space-y-4">
        {summary.isError && (
          <div className="card px-4">
            <ErrorNote error={summary.error} what="Fraud" retry={() => void summary.refetch()} />
          </div>
        )}
        {!data && !summary.isError && (
          <div role="status" aria-label="Loading" className="space-y-4">
            <Skeleton className="h-24 max-lg:h-44" />
            <Skeleton className="h-80" />
          </div>
        )}
        {data && (
          <div
            className={cn(
              'space-y-4 transition-opacity',
              summary.isPlaceholderData && 'opacity-55 delay-150',
            )}
            aria-busy={summary.isPlaceholderData}
          >
            <FraudFigures summary={data} range={range} />
            <div className="grid gap-4 xl:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
              <FraudChart summary={data} range={range} />
              <Rules summary={data} range={range} />
            </div>
          </div>
        )}
        <Offenders range={range} />
        <LatestFlagged range={range} />
        {data && <p className="text-xs text-muted">Loaded in {formatMs(data.query_time_ms)}</p>}
      </div>
      <StoryDialog clickId={clickId} zone={range.zone} onClose={() => change({ click: undefined })} />
    </>
  );
}
