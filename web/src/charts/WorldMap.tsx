import type { AggregateRow } from '@clickledger/contract';
import { useMemo, useState } from 'react';
import { filterOf, withoutValue, withValue } from '../lib/filters.js';
import { formatCount, formatShare } from '../lib/format.js';
import { fraudRate } from '../lib/fraud.js';
import { countryName } from '../lib/labels.js';
import { useChangeView, useView } from '../state/view.js';
import { type Country, drawWorld, MAP_HEIGHT, MAP_WIDTH } from './world.js';

/** The faintest country that has clicks, in percent of the full colour. */
const FAINTEST_PERCENT = 18;

let world: Country[] | undefined;

/** Clicks by country on a map; a click on a country filters by it. Its list beside it says the same in words. */
export default function WorldMap({
  rows,
  totalClicks,
}: {
  rows: readonly AggregateRow[];
  totalClicks: number;
}) {
  world ??= drawWorld();
  const changeView = useChangeView();
  const { filters } = useView();
  const [hover, setHover] = useState<string | null>(null);
  const byCode = useMemo(() => new Map(rows.map((row) => [row.country ?? '', row])), [rows]);
  const most = Math.max(1, ...rows.filter(({ country }) => country).map(({ clicks }) => clicks));
  const hovered = hover === null ? undefined : byCode.get(hover);
  const unknown = byCode.get('')?.clicks ?? 0;
  const known = rows.filter(({ country }) => country);

  const toggle = (code: string) => {
    if (!byCode.has(code)) return;
    void changeView((view) => ({
      filters: filterOf(view.filters, 'country', code)
        ? withoutValue(view.filters, 'country', code)
        : withValue(view.filters, 'country', code),
    }));
  };

  return (
    <figure>
      <svg
        viewBox={`0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`}
        className="w-full"
        role="img"
        aria-label={`Map of clicks by country: ${known
          .slice(0, 5)
          .map(({ country, clicks }) => `${countryName(country ?? '')} ${formatCount(clicks)}`)
          .join(', ')}`}
        data-testid="map"
        onPointerLeave={() => setHover(null)}
      >
        {world.map(({ code, path }) => {
          const clicks = byCode.get(code)?.clicks ?? 0;
          // By the square root: countries differ by orders of magnitude.
          const percent = FAINTEST_PERCENT + (100 - FAINTEST_PERCENT) * Math.sqrt(clicks / most);
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: the list does the same by keyboard.
            <path
              key={code}
              d={path}
              data-country={code}
              onPointerEnter={() => setHover(code)}
              onClick={() => toggle(code)}
              className={clicks > 0 ? 'cursor-pointer hover:brightness-90' : ''}
              stroke={filterOf(filters, 'country', code) ? 'var(--c-ink)' : 'var(--c-surface)'}
              strokeWidth={filterOf(filters, 'country', code) ? 1.2 : 0.5}
              style={{
                fill:
                  clicks > 0
                    ? `color-mix(in oklab, var(--c-series-clicks) ${percent.toFixed(0)}%, var(--c-surface))`
                    : 'var(--c-map-empty)',
              }}
            />
          );
        })}
      </svg>
      <figcaption className="mt-1 flex h-5 justify-between gap-3 truncate text-xs text-muted" aria-live="off">
        {hover !== null ? (
          <span className="text-ink" data-testid="map-hover">
            {hover.length === 2 ? countryName(hover) : hover}
            {': '}
            {hovered
              ? `${formatCount(hovered.clicks)} clicks (${formatShare(hovered.clicks / Math.max(1, totalClicks))}), ${formatShare(fraudRate(hovered.fraud_count, hovered.clicks))} flagged`
              : 'no clicks'}
          </span>
        ) : (
          <span>{known.length === 1 ? '1 country' : `${formatCount(known.length)} countries`}</span>
        )}
        {unknown > 0 && <span>{formatCount(unknown)} clicks from unknown locations</span>}
      </figcaption>
    </figure>
  );
}
