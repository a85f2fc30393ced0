import { useSearch } from '@tanstack/react-router';
import { useChangeSearch } from '../../state/view.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { Skeleton } from '../../ui/Skeleton.js';
import { Bills } from './Bills.js';
import { Month } from './Month.js';
import { monthLabel } from './month-label.js';
import { useMonth, useMonths } from './queries.js';
import { StatementDetails } from './StatementDetails.js';
import { Statements } from './Statements.js';
import { Terms } from './Terms.js';

const STATES = { running: 'in progress', open: 'open', closed: 'closed' } as const;

/** What each advertiser owes for a month, and the statements of closed months. */
export function BillingPage() {
  const search = useSearch({ strict: false }) as { month?: string; older?: string };
  const change = useChangeSearch();
  const months = useMonths();
  const list = months.data?.data ?? [];
  // The month that can be closed next comes first.
  const period =
    search.month ?? list.find((one) => one.state !== 'closed' && one.may_close)?.period ?? list[0]?.period;
  const month = useMonth(period);
  return (
    <>
      <PageHeader title="Billing">
        <select
          className="control"
          aria-label="Month"
          data-testid="month"
          value={period ?? ''}
          onChange={({ target }) => change({ month: target.value })}
        >
          {list.map(({ period: one, state }) => (
            <option key={one} value={one}>
              {monthLabel(one)} · {STATES[state]}
            </option>
          ))}
        </select>
      </PageHeader>
      <div className="space-y-4">
        {months.isError && (
          <div className="card px-4">
            <ErrorNote error={months.error} what="Months" retry={() => void months.refetch()} />
          </div>
        )}
        {month.isError && (
          <div className="card px-4">
            <ErrorNote error={month.error} what="Month" retry={() => void month.refetch()} />
          </div>
        )}
        {!month.data && !month.isError && (
          <div role="status" aria-label="Loading" className="space-y-4">
            <Skeleton className="h-32" />
            <Skeleton className="h-72" />
          </div>
        )}
        {month.data && (
          <div
            className={month.isPlaceholderData ? 'space-y-4 opacity-60' : 'space-y-4'}
            aria-busy={month.isPlaceholderData}
          >
            <Month month={month.data} />
            <Bills
              month={month.data}
              onMore={() => void month.fetchNextPage()}
              isLoadingMore={month.isFetchingNextPage}
            />
          </div>
        )}
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <Statements older={search.older} onOlder={(older) => change({ older })} />
          <div className="space-y-4">
            <Terms />
            <StatementDetails />
          </div>
        </div>
      </div>
    </>
  );
}
