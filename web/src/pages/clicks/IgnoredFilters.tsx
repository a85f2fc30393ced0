import { useLabels } from '../../analytics/names.js';
import { type Filter, filterText } from '../../lib/filters.js';

/** Says which filters of the view this page can not apply: figures without them must not look as if they were with them. */
export function IgnoredFilters({ filters, takes }: { filters: readonly Filter[]; takes: string }) {
  const labelOf = useLabels();
  if (filters.length === 0) return null;
  const texts = filters.map((filter) => filterText(filter, labelOf));
  return (
    <p role="status" className="mb-3 text-sm text-warn" data-testid="ignored-filters">
      These filters don’t apply to this page: {texts.join('; ')}. It supports {takes}.
    </p>
  );
}
