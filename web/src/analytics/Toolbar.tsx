import { granularitiesFor } from '../lib/range.js';
import { useRange } from '../state/range.js';
import { useChangeView, useView } from '../state/view.js';
import { CompareMenu } from './CompareMenu.js';
import { RangeMenu } from './RangeMenu.js';
import { TimeFields } from './TimeFields.js';
import { ZoneMenu } from './ZoneMenu.js';

interface Props {
  /** The page has no chart: no interval and no comparison. */
  rangeOnly?: boolean;
  /** The page shows no previous period. */
  alone?: boolean;
}

/** Range, interval, comparison and time zone, as far as the page has use for them: one row, also on a phone. */
export function Toolbar({ rangeOnly = false, alone = rangeOnly }: Props) {
  const { choice, compare } = useView();
  const range = useRange();
  const changeView = useChangeView();
  const sizes = granularitiesFor(range.endMs - range.startMs);
  return (
    <div className="flex min-w-0 flex-col items-end gap-2 max-sm:w-full" data-testid="toolbar">
      <div className="flex min-w-0 items-center gap-2 max-sm:w-full">
        <RangeMenu />
        {!rangeOnly && (
          <select
            className="control max-sm:h-11"
            aria-label="Interval"
            data-testid="granularity"
            value={range.granularity}
            onChange={({ target }) =>
              changeView({ granularity: sizes.find((size) => size === target.value) })
            }
          >
            {[...new Set([...sizes, range.granularity])].map((size) => (
              <option key={size} value={size}>
                By {size}
              </option>
            ))}
          </select>
        )}
        {!alone && <CompareMenu />}
        <ZoneMenu />
      </div>
      {choice.preset === 'custom' && (
        <TimeFields
          name="range"
          labels={['From', 'Until']}
          fromMs={choice.fromMs}
          toMs={choice.toMs}
          onChange={(moments) => changeView({ choice: { preset: 'custom', ...moments } })}
        />
      )}
      {!alone && compare.kind === 'custom' && (
        <TimeFields
          name="compare"
          labels={['Compare from', 'until']}
          fromMs={compare.fromMs}
          toMs={compare.toMs}
          onChange={(moments) => changeView({ compare: { kind: 'custom', ...moments } })}
        />
      )}
    </div>
  );
}
