import { useEffect, useId, useState } from 'react';
import { fromLocalInput, toLocalInput } from '../lib/local-time.js';
import { useView } from '../state/view.js';

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
  const [texts, setTexts] = useState([toLocalInput(fromMs, zone), toLocalInput(toMs, zone)] as const);
  useEffect(() => setTexts([toLocalInput(fromMs, zone), toLocalInput(toMs, zone)]), [fromMs, toMs, zone]);

  const change = (next: readonly [string, string]) => {
    setTexts(next);
    const moments = { fromMs: fromLocalInput(next[0], zone), toMs: fromLocalInput(next[1], zone) };
    if (moments.fromMs < moments.toMs) onChange(moments);
  };
  const wrong = !(fromLocalInput(texts[0], zone) < fromLocalInput(texts[1], zone));
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
