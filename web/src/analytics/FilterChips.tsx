import { X } from 'lucide-react';
import { DIMENSION_LABELS, filterParam } from '../lib/filters.js';
import { useChangeView, useView } from '../state/view.js';
import { Button } from '../ui/Button.js';
import { namesAds, namesLinks, useLabels } from './names.js';

/** The active filters; a click on "is" makes it "is not", and the cross removes the filter. */
export function FilterChips() {
  const { filters } = useView();
  const changeView = useChangeView();
  const labelOf = useLabels(namesAds(filters), namesLinks(filters));
  if (filters.length === 0) return null;
  return (
    <ul className="mb-4 flex min-w-0 flex-wrap items-center gap-2" aria-label="Active filters">
      {filters.map((filter) => {
        const { dimension, not, values } = filter;
        const label = DIMENSION_LABELS[dimension].one;
        const texts = values.map((value) => labelOf(dimension, value)).join(' or ');
        const others = filters.filter((one) => one !== filter);
        const flip = () => {
          const same = others.find((one) => one.dimension === dimension);
          const flipped = {
            dimension,
            not: !not,
            values: [...new Set([...(same?.values ?? []), ...values])],
          };
          return changeView({ filters: [...others.filter((one) => one !== same), flipped] });
        };
        return (
          <li
            key={filterParam(filter)}
            data-testid="filter-chip"
            data-filter={filterParam(filter)}
            data-filter-value={values.join(',')}
            className="flex h-8 max-w-full min-w-0 items-center gap-1 rounded-md bg-accent-soft pl-2.5 pr-0.5 text-sm"
          >
            <span className="text-muted">{label}</span>
            <button
              type="button"
              className="rounded px-1 text-muted underline decoration-dotted underline-offset-2 hover:text-ink"
              aria-label={`${label} ${not ? 'is not' : 'is'} ${texts}: change to ${not ? 'is' : 'is not'}`}
              data-testid="filter-sign"
              onClick={flip}
            >
              {not ? 'is not' : 'is'}
            </button>
            <span className="max-w-56 truncate font-medium" title={values.join(', ')}>
              {texts}
            </span>
            <button
              type="button"
              className="grid size-7 shrink-0 place-items-center rounded text-muted hover:bg-surface hover:text-ink"
              aria-label={`Remove filter ${label}: ${texts}`}
              data-testid="filter-remove"
              onClick={() => changeView({ filters: others })}
            >
              <X className="size-4" aria-hidden="true" />
            </button>
          </li>
        );
      })}
      {filters.length > 1 && (
        <li>
          <Button kind="quiet" onClick={() => changeView({ filters: [] })}>
            Clear filters
          </Button>
        </li>
      )}
    </ul>
  );
}
