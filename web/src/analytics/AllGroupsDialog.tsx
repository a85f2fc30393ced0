import type { AggregateOrder } from '@clickledger/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { ask } from '../api/ask.js';
import { CONVERSIONS, type Question, toQuery } from '../api/questions.js';
import { DIMENSION_LABELS, type Dimension } from '../lib/filters.js';
import { formatCount } from '../lib/format.js';
import { useCsvBom } from '../state/csv-bom.js';
import { withMode } from '../state/test-data.js';
import { Button } from '../ui/Button.js';
import { Dialog } from '../ui/Dialog.js';
import { ErrorNote } from '../ui/ErrorNote.js';
import { SkeletonRows } from '../ui/Skeleton.js';
import { BreakdownRows } from './BreakdownRows.js';
import type { ShownContext } from './context.js';

const PAGE_ROWS = 50;

const ORDERS: readonly { value: AggregateOrder; label: string }[] = [
  { value: 'clicks', label: 'Clicks' },
  { value: 'unique_users', label: 'Unique users' },
  { value: 'fraud_count', label: 'Flagged clicks' },
  { value: 'cost_micros', label: 'Spend' },
  { value: 'conversions', label: 'Conversions' },
  { value: 'name', label: 'Name' },
];

interface Props {
  dimension: Dimension;
  open: boolean;
  onClose: () => void;
  context: ShownContext;
  totalClicks: number;
}

/** Every group of a dimension: searched, sorted, by the page, exported. */
export function AllGroupsDialog({ open, onClose, dimension, ...rest }: Props) {
  const title = DIMENSION_LABELS[dimension].many;
  return (
    <Dialog
      title={title}
      open={open}
      onClose={onClose}
      className="w-[min(56rem,calc(100vw-2rem))]"
      testId="all"
    >
      <AllGroups dimension={dimension} {...rest} />
    </Dialog>
  );
}

function AllGroups({ dimension, context, totalClicks }: Omit<Props, 'open' | 'onClose'>) {
  const [typed, setTyped] = useState('');
  const [orderBy, setOrderBy] = useState<AggregateOrder>('clicks');
  const [page, setPage] = useState(0);
  const { bom } = useCsvBom();
  const search = useDeferredValue(typed.trim());
  const { hasConversions } = context;
  const orders = ORDERS.filter(({ value }) => value !== 'conversions' || hasConversions);
  const { asked, granularity, zone, startMs, endMs } = context.range;
  const question: Question = {
    asked,
    align: granularity,
    zone,
    granularity: 'total',
    filters: context.filters,
    groupBy: dimension,
    orderBy,
    ...(search ? { search } : {}),
    ...(hasConversions && { metrics: CONVERSIONS }),
  };
  // One row more than a page tells whether there is another page.
  const query = toQuery({ ...question, limit: PAGE_ROWS + 1, offset: page * PAGE_ROWS });
  const groups = useQuery({
    queryKey: ['aggregate', query],
    queryFn: ({ signal }) => ask(query, signal),
    placeholderData: keepPreviousData,
  });
  const rows = groups.data?.data ?? [];
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <input
          type="search"
          className="control min-w-40 flex-1"
          placeholder="Search by ID"
          aria-label={`Search ${DIMENSION_LABELS[dimension].many.toLowerCase()}`}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setPage(0);
          }}
        />
        <label className="flex items-center gap-2 text-sm text-muted">
          Sort by
          <select
            className="control"
            value={orderBy}
            onChange={(event) => {
              setOrderBy(event.target.value as AggregateOrder);
              setPage(0);
            }}
          >
            {orders.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <a
          className="inline-flex h-8 items-center gap-1.5 rounded-md border border-control/40 px-3 text-sm font-medium hover:bg-sunken"
          href={withMode(
            `/api/v1/export/aggregate.csv?${toQuery({ ...question, asked: { startMs, endMs } })}${bom ? '&bom=true' : ''}`,
          )}
          download
        >
          <Download className="size-4" aria-hidden="true" />
          CSV
        </a>
      </div>
      {groups.isError && (
        <ErrorNote
          error={groups.error}
          what={DIMENSION_LABELS[dimension].many}
          retry={() => void groups.refetch()}
        />
      )}
      {groups.isPending && <SkeletonRows count={10} />}
      {groups.data && (
        <BreakdownRows
          dimension={dimension}
          rows={rows.slice(0, PAGE_ROWS)}
          totalClicks={totalClicks}
          filters={context.filters}
          full
          hasConversions={hasConversions}
        />
      )}
      <div className="mt-3 flex items-center justify-end gap-2 text-sm text-muted">
        {rows.length > 0 &&
          `${formatCount(page * PAGE_ROWS + 1)} – ${formatCount(page * PAGE_ROWS + Math.min(rows.length, PAGE_ROWS))}`}
        <Button size="small" disabled={page === 0} onClick={() => setPage(page - 1)}>
          Previous
        </Button>
        <Button size="small" disabled={rows.length <= PAGE_ROWS} onClick={() => setPage(page + 1)}>
          Next
        </Button>
      </div>
    </>
  );
}
