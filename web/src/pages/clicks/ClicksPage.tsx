import { useSearch } from '@tanstack/react-router';
import { Download, RefreshCw } from 'lucide-react';
import { FilterChips } from '../../analytics/FilterChips.js';
import { Toolbar } from '../../analytics/Toolbar.js';
import { cn } from '../../lib/cn.js';
import { datesOf } from '../../lib/dates.js';
import { formatMs } from '../../lib/format.js';
import { useCsvBom } from '../../state/csv-bom.js';
import { useRange } from '../../state/range.js';
import { withMode } from '../../state/test-data.js';
import { useChangeSearch, useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { ClickRows } from './ClickRows.js';
import { ClickSearch } from './ClickSearch.js';
import { useClickLog } from './click-queries.js';
import { IgnoredFilters } from './IgnoredFilters.js';
import { listName, logParams, OWN_FILTERS, type OwnFilters, PAGE_ROWS, splitFilters } from './log-query.js';
import { NoClicks } from './NoClicks.js';
import { StoryDialog } from './StoryDialog.js';

/** The raw audit trail: every click, newest first. */
export function ClicksPage() {
  const view = useView();
  const range = useRange();
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const change = useChangeSearch();
  const own: OwnFilters = Object.fromEntries(
    OWN_FILTERS.flatMap((name) => (search[name] ? [[name, search[name]]] : [])),
  );
  const params = logParams(range, view.filters, own);
  const list = listName(JSON.stringify([view.choice, view.zone, view.filters, own]));
  // A place in another list means nothing in this one: changed filters begin at the newest click.
  const older = search.of === list ? search.older : undefined;
  const page = new URLSearchParams(params);
  page.set('limit', String(PAGE_ROWS));
  if (older) page.set('cursor', older);
  const log = useClickLog(page.toString());
  const dates = datesOf(range.zone);
  const { bom } = useCsvBom();
  const next = log.data?.next_cursor;
  const open = (click: string | undefined) => change({ click });

  return (
    <>
      <PageHeader title="Click log">
        <Toolbar rangeOnly />
      </PageHeader>
      <FilterChips />
      <IgnoredFilters
        filters={splitFilters(view.filters).ignored}
        takes="one value per filter and no “is not”"
      />
      <section className="card p-4" aria-label="Clicks">
        <ClickSearch own={own} />
        {log.isError && <ErrorNote error={log.error} what="Click log" retry={() => void log.refetch()} />}
        {!log.data && !log.isError && <SkeletonRows count={14} />}
        {log.data && (
          <div
            className={cn('transition-opacity', log.isPlaceholderData && 'opacity-55 delay-150')}
            aria-busy={log.isPlaceholderData}
            data-testid="click-list"
          >
            {log.data.data.length > 0 ? (
              <ClickRows
                clicks={log.data.data}
                zone={range.zone}
                label="Clicks, newest first"
                testId="click-table"
                onOpen={open}
              />
            ) : (
              <NoClicks own={own} end={older !== undefined} />
            )}
          </div>
        )}
        <div className="mt-3 flex flex-wrap items-center gap-2">
          {log.data && (
            <p
              className="mr-auto text-xs text-muted"
              title="The list doesn’t update by itself. Refresh to see new clicks."
            >
              {log.data.data.length} {log.data.data.length === 1 ? 'click' : 'clicks'} as of{' '}
              {dates.clock(log.dataUpdatedAt)} · {formatMs(log.data.query_time_ms)}
            </p>
          )}
          <Button kind="quiet" onClick={() => void log.refetch()} disabled={log.isFetching}>
            <RefreshCw aria-hidden="true" />
            Refresh
          </Button>
          <a
            href={withMode(
              `/api/v1/export/clicks.csv?${params}&timezone=${encodeURIComponent(range.zone)}${bom ? '&bom=true' : ''}`,
            )}
            download
            data-testid="export-clicks"
            title="All matching clicks, not only this page"
            className="inline-flex h-8 items-center gap-1.5 rounded-md px-3 text-sm font-medium text-muted hover:bg-sunken hover:text-ink [&_svg]:size-4"
          >
            <Download aria-hidden="true" />
            Download CSV
          </a>
          {older && (
            <Button data-testid="newest" onClick={() => change({ older: undefined, of: undefined })}>
              Newest
            </Button>
          )}
          <Button
            data-testid="older"
            disabled={!next || log.isPlaceholderData}
            onClick={() => next && change({ older: next, of: list })}
          >
            Older
          </Button>
        </div>
      </section>
      <StoryDialog
        clickId={search.click}
        zone={range.zone}
        ids={log.data?.data.map(({ click_id: id }) => id)}
        onOpen={open}
        onClose={() => open(undefined)}
      />
    </>
  );
}
