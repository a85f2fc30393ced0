import { formatCount, formatShare } from '../lib/format.js';

export interface Bin {
  /** "1–5 min" */
  label: string;
  count: number;
}

interface Props {
  bins: readonly Bin[];
  /** What the bins are of: "Time". */
  of: string;
  /** What is counted: "Conversions". */
  counted: string;
}

/** How often values fall into each bin: a table whose rows are bars. */
export function Histogram({ bins, of, counted }: Props) {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(1, ...bins.map(({ count }) => count));
  return (
    <table className="w-full text-sm">
      <thead className="text-xs text-muted">
        <tr className="*:pb-1 *:font-medium">
          <th scope="col" className="w-24 text-left">
            {of}
          </th>
          <th scope="col">
            <span className="sr-only">Bar</span>
          </th>
          <th scope="col" className="w-24 text-right">
            {counted}
          </th>
          <th scope="col" className="w-16 text-right">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {bins.map(({ label, count }) => (
          <tr key={label} className="*:h-7">
            <th scope="row" className="whitespace-nowrap text-left font-normal text-muted">
              {label}
            </th>
            <td>
              <span
                className="block h-4 rounded-r bg-(--c-series-conversions)"
                // A bin with something in it is never invisible.
                style={{ width: `${count === 0 ? 0 : Math.max(0.5, (count / most) * 100)}%` }}
              />
            </td>
            <td className="text-right font-medium">{formatCount(count)}</td>
            <td className="text-right text-muted">{formatShare(total > 0 ? count / total : 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
