import { useSearch } from '@tanstack/react-router';
import { cn } from '../../lib/cn.js';
import { useRange } from '../../state/range.js';
import { useChangeSearch, useChangeView, useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { listName } from '../clicks/log-query.js';
import { ConversionFilters } from './ConversionFilters.js';
import { ConversionRows } from './ConversionRows.js';
import { conversionParams, OWN_FILTERS, type OwnFilters } from './conversion-params.js';
import { useConversions } from './conversion-queries.js';

/** Conversions on one page of the list. */
const PAGE_ROWS = 50;

/** The conversions of the range, newest first. */
export function ConversionList({ onOpen }: { onOpen: ((conversionId: string) => void) | null }) {
  const view = useView();
  const range = useRange();
  const search = useSearch({ strict: false }) as Record<string, string | undefined>;
  const change = useChangeSearch();
  const own: OwnFilters = Object.fromEntries(
    OWN_FILTERS.flatMap((name) => (search[name] ? [[name, search[name]]] : [])),
  );
  const list = listName(JSON.stringify([view.choice, view.zone, view.filters, own]));
  // A place in another list means nothing in this one: changed filters begin at the newest conversion.
  const older = search.of === list ? search.older : undefined;
  const params = conversionParams(range, view.filters, own);
  params.set('limit', String(PAGE_ROWS));
  if (older) params.set('cursor', older);
  const conversions = useConversions(params.toString(), older === undefined);
  const all = conversions.data?.data;
  const next = conversions.data?.next_cursor;
  return (
    <section className="card p-4" aria-label="Conversions">
      <ConversionFilters own={own} />
      {conversions.isError && (
        <ErrorNote error={conversions.error} what="Conversions" retry={() => void conversions.refetch()} />
      )}
      {conversions.isPending && <SkeletonRows count={8} />}
      {all && (
        <div
          className={cn('transition-opacity', conversions.isPlaceholderData && 'opacity-55 delay-150')}
          aria-busy={conversions.isPlaceholderData}
        >
          {all.length > 0 ? (
            <ConversionRows conversions={all} zone={range.zone} onOpen={onOpen} />
          ) : (
            <NoConversions isNarrowed={Object.keys(own).length > 0 || view.filters.length > 0} />
          )}
        </div>
      )}
      {(older !== undefined || next) && (
        <div className="mt-3 flex justify-end gap-2">
          {older !== undefined && (
            <Button onClick={() => change({ older: undefined, of: undefined })}>Newest</Button>
          )}
          <Button
            data-testid="conversions-older"
            disabled={!next || conversions.isPlaceholderData}
            onClick={() => next && change({ older: next, of: list })}
          >
            Older
          </Button>
        </div>
      )}
    </section>
  );
}

/** Why the list is empty, and what to do about it. */
function NoConversions({ isNarrowed }: { isNarrowed: boolean }) {
  const changeSearch = useChangeSearch();
  const changeView = useChangeView();
  const clear = () => void changeView({ filters: [] }, { without: [...OWN_FILTERS] });
  return (
    <div className="flex flex-col items-center gap-4 py-12 text-center" data-testid="no-conversions">
      <div>
        <h2 className="font-semibold">
          {isNarrowed ? 'No matching conversions' : 'No conversions in this range'}
        </h2>
        <p className="mt-1 max-w-prose text-sm text-muted">
          {isNarrowed
            ? 'Remove a filter or choose a longer range.'
            : 'Send conversions by API, postback, or pixel, or send a test conversion to see how it works.'}
        </p>
      </div>
      {isNarrowed ? (
        <Button onClick={clear}>Clear filters</Button>
      ) : (
        <Button onClick={() => changeSearch({ tab: 'postbacks' })}>Set up a postback</Button>
      )}
    </div>
  );
}
