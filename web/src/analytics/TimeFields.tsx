import { fromWallClock, wallClock } from '@clickledger/contract';
import { useEffect, useId, useState } from 'react';
import { useView } from '../state/view.js';

/** A moment as a `datetime-local` input has it, in a zone, to the minute. */
const toInput = (ms: number, zone: string) => new Date(wallClock(ms, zone)).toISOString().slice(0, 16);
const fromInput = (text: string, zone: string) => fromWallClock(Date.parse(`${text}Z`), zone);

interface Props {
  /** Names the fields for those who hear them, and in tests: "range" gives `range-from` and `range-to`. */
  name: 'range' | 'compare';
  labels: readonly [from: string, to: string];
  fromMs: number;
  toMs: number;
  onChange: (moments: { fromMs: number; toMs: number }) => void;
}

/** Start and end of a range of one's own, in the zone of the view. */
export function TimeFields({ name, labels, fromMs, toMs, onChange }: Props) {
  const { zone } = useView();
  const id = useId();
  const [texts, setTexts] = useState([toInput(fromMs, zone), toInput(toMs, zone)] as const);
  useEffect(() => setTexts([toInput(fromMs, zone), toInput(toMs, zone)]), [fromMs, toMs, zone]);

  const change = (next: readonly [string, string]) => {
    setTexts(next);
    const moments = { fromMs: fromInput(next[0], zone), toMs: fromInput(next[1], zone) };
    if (moments.fromMs < moments.toMs) onChange(moments);
  };
  const wrong = !(fromInput(texts[0], zone) < fromInput(texts[1], zone));
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      {labels.map((label, index) => (
        <span key={label} className="flex items-center gap-2 text-sm text-muted">
          <label htmlFor={`${id}-${index}`}>{label}</label>
          <input
            id={`${id}-${index}`}
            type="datetime-local"
            className="control"
            data-testid={`${name}-${index === 0 ? 'from' : 'to'}`}
            value={texts[index]}
            aria-invalid={wrong}
            onChange={({ target }) =>
              change(index === 0 ? [target.value, texts[1]] : [texts[0], target.value])
            }
          />
        </span>
      ))}
      {wrong && (
        <p role="alert" className="text-sm text-crit">
          The start must be before the end. Showing the last valid range.
        </p>
      )}
    </div>
  );
}
