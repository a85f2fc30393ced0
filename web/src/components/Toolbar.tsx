import { useCampaignNames, useSummary } from '../api/queries.js';
import { FILTER_LABELS, FILTER_NAMES } from '../lib/filters.js';
import { formatRange, fromLocalInput, timeZone, toLocalInput } from '../lib/format.js';
import { valueLabel } from '../lib/labels.js';
import { isPreset, PRESETS, resolveRange } from '../lib/range.js';
import { tickNow } from '../state/tick.js';
import { useView } from '../state/view.js';

/** Range, active filters and time zone. */
export function Toolbar() {
  const { choice, setChoice } = useView();
  const summary = useSummary();
  // The range of the figures on screen, which is the past one while refreshes fail.
  const shown = summary.isPlaceholderData ? undefined : summary.data?.range;
  const range = shown ?? resolveRange(choice, tickNow());

  const choose = (value: string) => {
    if (isPreset(value)) setChoice({ preset: value });
    else
      setChoice({ preset: 'custom', fromMs: range.startMs, toMs: Math.ceil(range.endMs / 60_000) * 60_000 });
  };

  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <select
        className="control pr-8"
        data-testid="range-select"
        aria-label="Time range"
        value={choice.preset}
        onChange={(event) => choose(event.target.value)}
      >
        {Object.entries(PRESETS).map(([value, { label }]) => (
          <option key={value} value={value}>
            Last {label}
          </option>
        ))}
        <option value="custom">Custom</option>
      </select>
      {choice.preset === 'custom' && <CustomRange fromMs={choice.fromMs} toMs={choice.toMs} />}
      <FilterChips />
      <p className="text-sm text-muted sm:ml-auto" data-testid="range-text">
        {range.startMs < range.endMs && formatRange(range.startMs, range.endMs)}{' '}
        <span title="Days and hours begin in this time zone">({timeZone})</span>
      </p>
    </div>
  );
}

function CustomRange({ fromMs, toMs }: { fromMs: number; toMs: number }) {
  const setChoice = useView((view) => view.setChoice);
  const change = (part: { fromMs?: number; toMs?: number }) => {
    const next = { preset: 'custom', fromMs, toMs, ...part } as const;
    if (!Number.isNaN(next.fromMs) && !Number.isNaN(next.toMs)) setChoice(next);
  };
  const wrong = fromMs >= toMs;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <input
        type="datetime-local"
        className="control"
        data-testid="range-from"
        aria-label="From"
        value={toLocalInput(fromMs)}
        aria-invalid={wrong}
        onChange={(event) => change({ fromMs: fromLocalInput(event.target.value) })}
      />
      <span className="text-sm text-muted">to</span>
      <input
        type="datetime-local"
        className="control"
        data-testid="range-to"
        aria-label="To"
        value={toLocalInput(toMs)}
        aria-invalid={wrong}
        onChange={(event) => change({ toMs: fromLocalInput(event.target.value) })}
      />
      {wrong && (
        <p role="alert" className="text-sm text-crit">
          The start must be before the end; the figures are those of the last range.
        </p>
      )}
    </div>
  );
}

function FilterChips() {
  const { filters, removeFilter, clearFilters } = useView();
  const names = useCampaignNames();
  const active = FILTER_NAMES.flatMap((name) => {
    const value = filters[name];
    if (value === undefined) return [];
    const label = name === 'campaign_id' ? (names.data?.get(value) ?? value) : valueLabel(name, value);
    return [{ name, value, label }];
  });
  if (active.length === 0) return null;
  return (
    <ul className="flex min-w-0 flex-wrap items-center gap-2" aria-label="Active filters">
      {active.map(({ name, value, label }) => (
        <li
          key={name}
          data-testid="filter-chip"
          data-filter={name}
          data-filter-value={value}
          className="flex h-9 max-w-full min-w-0 items-center gap-1 rounded-full bg-accent-soft pl-3 pr-1 text-sm"
        >
          <span className="text-muted">{FILTER_LABELS[name]}:</span>
          <span className="max-w-48 truncate font-medium" title={value || label}>
            {label}
          </span>
          <button
            type="button"
            className="grid size-7 shrink-0 place-items-center rounded-full text-muted hover:bg-surface hover:text-ink"
            aria-label={`Remove filter ${FILTER_LABELS[name]}: ${label}`}
            onClick={() => removeFilter(name)}
          >
            <span aria-hidden="true">✕</span>
          </button>
        </li>
      ))}
      {active.length > 1 && (
        <li>
          <button
            type="button"
            className="text-sm text-muted underline hover:text-ink"
            onClick={clearFilters}
          >
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}
