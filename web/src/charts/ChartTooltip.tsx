import { datesOf } from '../lib/dates.js';
import { formatCount, formatMoney } from '../lib/format.js';
import type { Range } from '../lib/range.js';
import { type Point, SERIES, type SeriesKey } from './points.js';

const WIDTH_PX = 232;
const GAP_PX = 14;

interface Props {
  point: Point;
  range: Range;
  shown: readonly SeriesKey[];
  leftPx: number;
  widthPx: number;
}

const write = (key: SeriesKey, value: number) =>
  key === 'spendMicros' ? formatMoney(value) : formatCount(value);

/** The figures of the bucket under the pointer, beside those of the period before. */
export function ChartTooltip({ point, range, shown, leftPx, widthPx }: Props) {
  const dates = datesOf(range.zone);
  const { previous } = point;
  const left =
    leftPx + GAP_PX + WIDTH_PX > widthPx ? Math.max(0, leftPx - GAP_PX - WIDTH_PX) : leftPx + GAP_PX;
  return (
    <div
      data-testid="chart-tooltip"
      className="pointer-events-none absolute top-2 z-10 rounded-lg border border-line bg-raised px-3 py-2 text-xs shadow-lg"
      style={{ left, width: WIDTH_PX }}
    >
      <p className="font-medium">
        {dates.bucket(point.startMs, range.granularity)}
        {point.state === 'running' && <span className="font-normal text-muted"> · in progress</span>}
      </p>
      <table className="mt-1 w-full">
        <tbody>
          {SERIES.filter(({ key }) => shown.includes(key)).map(({ key, label, color }) => (
            <tr key={key}>
              <th scope="row" className="py-0.5 text-left font-normal text-muted">
                <span
                  className="mr-1.5 inline-block size-2 rounded-full"
                  style={{ background: `var(${color})` }}
                />
                {label}
              </th>
              <td className="text-right font-medium">
                {point.state === 'future' ? '–' : write(key, point[key])}
              </td>
              {previous && <td className="pl-3 text-right text-muted">{write(key, previous[key])}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {previous && <p className="mt-1 text-muted">vs {dates.bucket(previous.startMs, range.granularity)}</p>}
    </div>
  );
}
