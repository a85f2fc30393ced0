import { CalendarRange, GitCompareArrows } from 'lucide-react';
import { datesOf } from '../lib/dates.js';
import { granularitiesFor, PRESET_NAMES, PRESETS } from '../lib/range.js';
import { useRange } from '../state/range.js';
import { useChangeView, useView } from '../state/view.js';
import { Button } from '../ui/Button.js';
import { Menu, MenuChoice, MenuLine } from '../ui/Menu.js';
import { CustomRange } from './CustomRange.js';
import { ZoneMenu } from './ZoneMenu.js';

interface Props {
  /** The page has no chart: no bucket size and no comparison. */
  rangeOnly?: boolean;
  /** The page shows no period before. */
  alone?: boolean;
}

/** Range, bucket size, comparison and time zone, as far as the page has use for them. */
export function Toolbar({ rangeOnly = false, alone = rangeOnly }: Props) {
  const { choice, compare } = useView();
  const range = useRange();
  const changeView = useChangeView();
  const sizes = granularitiesFor(range.endMs - range.startMs);
  const label = choice.preset === 'custom' ? 'Custom' : PRESETS[choice.preset].label;
  return (
    <div className="flex flex-wrap items-center gap-2" data-testid="toolbar">
      {choice.preset === 'custom' && <CustomRange fromMs={choice.fromMs} toMs={choice.toMs} />}
      <Menu
        trigger={
          <Button data-testid="range" title={datesOf(range.zone).range(range.startMs, range.endMs)}>
            <CalendarRange aria-hidden="true" />
            {label}
          </Button>
        }
      >
        {PRESET_NAMES.map((preset) => (
          <MenuChoice
            key={preset}
            chosen={choice.preset === preset}
            hint={PRESETS[preset].key}
            data-testid={`range-${preset}`}
            onSelect={() => changeView({ choice: { preset } })}
          >
            {PRESETS[preset].label}
          </MenuChoice>
        ))}
        <MenuLine />
        <MenuChoice
          chosen={choice.preset === 'custom'}
          data-testid="range-custom"
          onSelect={() =>
            changeView({ choice: { preset: 'custom', fromMs: range.startMs, toMs: range.endMs } })
          }
        >
          Custom…
        </MenuChoice>
      </Menu>
      {!rangeOnly && (
        <select
          className="control"
          aria-label="Bucket size"
          data-testid="granularity"
          value={range.granularity}
          onChange={({ target }) => changeView({ granularity: sizes.find((size) => size === target.value) })}
        >
          {[...new Set([...sizes, range.granularity])].map((size) => (
            <option key={size} value={size}>
              By {size}
            </option>
          ))}
        </select>
      )}
      {!alone && (
        <Button
          aria-pressed={compare}
          aria-label="Compare with the period before"
          title="Compare with the period before (c)"
          size="icon"
          data-testid="compare"
          className="aria-pressed:border-accent/50 aria-pressed:bg-accent-soft"
          onClick={() => changeView({ compare: !compare })}
        >
          <GitCompareArrows aria-hidden="true" />
        </Button>
      )}
      <ZoneMenu />
    </div>
  );
}
