import { useEffect, useState } from 'react';
import { fromWallClock, wallClock } from '../lib/zone.js';
import { useChangeView, useView } from '../state/view.js';

/** A moment as a `datetime-local` input has it, in a zone, to the minute. */
const toInput = (ms: number, zone: string) => new Date(wallClock(ms, zone)).toISOString().slice(0, 16);
const fromInput = (text: string, zone: string) => fromWallClock(Date.parse(`${text}Z`), zone);

/** Start and end of a range of one's own, in the zone of the view. */
export function CustomRange({ fromMs, toMs }: { fromMs: number; toMs: number }) {
  const { zone } = useView();
  const changeView = useChangeView();
  const [from, setFrom] = useState(toInput(fromMs, zone));
  const [to, setTo] = useState(toInput(toMs, zone));
  useEffect(() => {
    setFrom(toInput(fromMs, zone));
    setTo(toInput(toMs, zone));
  }, [fromMs, toMs, zone]);

  const change = (nextFrom: string, nextTo: string) => {
    setFrom(nextFrom);
    setTo(nextTo);
    const next = { fromMs: fromInput(nextFrom, zone), toMs: fromInput(nextTo, zone) };
    if (next.fromMs < next.toMs) void changeView({ choice: { preset: 'custom', ...next } });
  };
  const wrong = !(fromInput(from, zone) < fromInput(to, zone));
  return (
    <div className="flex flex-wrap items-center gap-2">
      <input
        type="datetime-local"
        className="control"
        data-testid="range-from"
        aria-label="From"
        value={from}
        aria-invalid={wrong}
        onChange={({ target }) => change(target.value, to)}
      />
      <span className="text-sm text-muted">to</span>
      <input
        type="datetime-local"
        className="control"
        data-testid="range-to"
        aria-label="To"
        value={to}
        aria-invalid={wrong}
        onChange={({ target }) => change(from, target.value)}
      />
      {wrong && (
        <p role="alert" className="text-sm text-crit">
          The start must be before the end; the figures are those of the last range.
        </p>
      )}
    </div>
  );
}
