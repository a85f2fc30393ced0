import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { call } from '../../api/http.js';
import { POLL_MS } from '../../api/queries.js';
import { Histogram } from '../../charts/Histogram.js';
import { filterParam } from '../../lib/filters.js';
import { formatSeconds } from '../../lib/format.js';
import { useRange } from '../../state/range.js';
import { useView } from '../../state/view.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { binsOf } from './time-to-convert.js';

/** How long after their click the conversions of the range came. */
export function TimeToConvert({ action }: { action: string }) {
  const { filters } = useView();
  const { startMs, endMs } = useRange();
  const query = new URLSearchParams({
    start_time: new Date(startMs).toISOString(),
    end_time: new Date(endMs).toISOString(),
  });
  for (const filter of filters)
    if (filter.dimension !== 'fraud_reason')
      for (const value of filter.values) query.append(filterParam(filter), value);
  if (action !== '') query.set('action', action);
  const times = useQuery({
    queryKey: ['time-to-convert', query.toString()],
    queryFn: ({ signal }) => call('GET /api/v1/analytics/time-to-convert', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 12 * POLL_MS,
  });
  const bins = binsOf(times.data?.buckets ?? []);
  const median = times.data?.median_seconds ?? null;
  return (
    <Panel
      title="Time to convert"
      testId="time-to-convert"
      className="mt-4"
      actions={
        median !== null && (
          <p className="text-sm text-muted">
            Median <span className="font-medium text-ink">{formatSeconds(median)}</span>
          </p>
        )
      }
    >
      {times.isError && (
        <ErrorNote error={times.error} what="Time to convert" retry={() => void times.refetch()} />
      )}
      {times.isPending && <SkeletonRows count={6} />}
      {times.data && bins.length === 0 && (
        <p className="py-6 text-center text-sm text-muted">No attributed conversions in this range.</p>
      )}
      {bins.length > 0 && <Histogram bins={bins} of="Time" counted="Conversions" />}
    </Panel>
  );
}
