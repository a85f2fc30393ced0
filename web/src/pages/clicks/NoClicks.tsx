import { EmptyState } from '../../analytics/EmptyState.js';
import { useStats } from '../../api/queries.js';
import { useChangeSearch, useChangeView, useView } from '../../state/view.js';
import { Button } from '../../ui/Button.js';
import type { OwnFilters } from './log-query.js';

/** Why the list is empty, and what to do about it. */
export function NoClicks({ own, end }: { own: OwnFilters; end: boolean }) {
  const stats = useStats();
  const { filters } = useView();
  const changeView = useChangeView();
  const changeSearch = useChangeSearch();
  if (stats.data?.ledger.clicks === 0) return <EmptyState kind="first-start" />;
  if (end) return <p className="py-12 text-center text-sm text-muted">No older clicks.</p>;
  const searched = Object.keys(own);
  const narrowed = searched.length > 0 || filters.length > 0;
  return (
    <div className="py-12 text-center" data-testid="no-clicks">
      <h2 className="font-semibold">{narrowed ? 'No matching clicks' : 'No clicks in this range'}</h2>
      <p className="mt-1 text-sm text-muted">
        {own.click_id
          ? 'No click has this ID. New clicks appear within seconds.'
          : 'Choose a longer range or remove a filter.'}
      </p>
      <div className="mt-4 flex flex-wrap justify-center gap-2">
        {searched.length > 0 && (
          <Button onClick={() => changeSearch(Object.fromEntries(searched.map((name) => [name, undefined])))}>
            Clear search
          </Button>
        )}
        {filters.length > 0 && <Button onClick={() => changeView({ filters: [] })}>Clear filters</Button>}
        {!own.click_id && (
          <Button onClick={() => changeView({ choice: { preset: '12mo', withToday: true } })}>
            Show the last 12 months
          </Button>
        )}
      </div>
    </div>
  );
}
