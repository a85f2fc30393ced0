import { CalendarRange, Check, Link2 } from 'lucide-react';
import { useState } from 'react';
import { datesOf } from '../lib/dates.js';
import { mayIncludeToday, PRESET_NAMES, PRESETS } from '../lib/presets.js';
import { useRange } from '../state/range.js';
import { parseSearch, stringifySearch, viewOf, viewToSearch } from '../state/search.js';
import { useChangeView, useView } from '../state/view.js';
import { Button } from '../ui/Button.js';
import { Menu, MenuChoice, MenuItem, MenuLine } from '../ui/Menu.js';

/** Chooses the range; the button says which days that is. */
export function RangeMenu() {
  const { choice } = useView();
  const range = useRange();
  const changeView = useChangeView();
  const label = choice.preset === 'custom' ? 'Custom' : PRESETS[choice.preset].label;
  const dates = datesOf(range.zone).range(range.startMs, range.endMs);
  return (
    <Menu
      align="start"
      trigger={
        <Button
          data-testid="range"
          className="min-w-0 max-sm:h-11 max-sm:flex-1 max-sm:justify-start max-sm:whitespace-normal max-sm:text-left"
        >
          <CalendarRange aria-hidden="true" />
          <span className="flex min-w-0 gap-x-2 max-sm:flex-col">
            {label}
            <span
              className="min-w-0 truncate font-normal text-muted max-sm:text-xs"
              data-testid="range-dates"
              title={dates}
            >
              {dates}
            </span>
          </span>
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
      <MenuChoice
        chosen={choice.preset === 'custom'}
        data-testid="range-custom"
        onSelect={() =>
          changeView({ choice: { preset: 'custom', fromMs: range.startMs, toMs: range.endMs } })
        }
      >
        Custom…
      </MenuChoice>
      <MenuLine />
      {choice.preset !== 'custom' && mayIncludeToday(choice.preset) && (
        <MenuChoice
          chosen={choice.withToday === true}
          data-testid="range-with-today"
          onSelect={() =>
            changeView({
              choice: { preset: choice.preset, ...(choice.withToday ? {} : { withToday: true }) },
            })
          }
        >
          Include today
        </MenuChoice>
      )}
      <CopyLink />
    </Menu>
  );
}

/** A link that shows the same days whenever it is opened: "last 7 days" is another week tomorrow. */
function CopyLink() {
  const range = useRange();
  const [copied, setCopied] = useState(false);
  if (!('clipboard' in navigator)) return null;
  const copy = async () => {
    const url = new URL(window.location.href);
    const search = parseSearch(url.search.slice(1));
    const choice = { preset: 'custom', fromMs: range.startMs, toMs: range.endMs } as const;
    const view = { ...viewOf(search), choice, granularity: range.granularity };
    const { range: _, today, ...others } = search;
    url.search = stringifySearch({ ...others, ...viewToSearch(view) });
    await navigator.clipboard.writeText(url.href);
    setCopied(true);
  };
  return (
    <MenuItem
      data-testid="copy-link"
      onSelect={(event) => {
        event.preventDefault();
        void copy().catch(() => setCopied(false));
      }}
    >
      {copied ? <Check aria-hidden="true" /> : <Link2 aria-hidden="true" />}
      <span aria-live="polite">{copied ? 'Link copied' : 'Copy link to these dates'}</span>
    </MenuItem>
  );
}
