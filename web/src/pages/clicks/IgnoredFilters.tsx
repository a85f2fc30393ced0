import { useLabels } from '../../analytics/names.js';
import { DIMENSION_LABELS, type Filter } from '../../lib/filters.js';

/** Says which filters of the view this page can not apply: figures without them must not look as if they were with them. */
export function IgnoredFilters({ filters, takes }: { filters: readonly Filter[]; takes: string }) {
  const labelOf = useLabels();
  if (filters.length === 0) return null;
  const texts = filters.map(
    ({ dimension, not, values }) =>
      `${DIMENSION_LABELS[dimension].one} ${not ? 'is not' : 'is'} ${values.map((value) => labelOf(dimension, value)).join(' or ')}`,
  );
  return (
    <p role="status" className="mb-3 text-sm text-warn" data-testid="ignored-filters">
      Not applied on this page: {texts.join('; ')}. It takes {takes}.
    </p>
  );
}
