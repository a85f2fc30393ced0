import type { ReconciliationReply } from '@clickledger/contract';
import { datesOf } from '../../lib/dates.js';
import { formatCount } from '../../lib/format.js';
import { useView } from '../../state/view.js';

type Difference = ReconciliationReply['recent'][number];

/** The newest are shown; the API has more. */
const SHOWN_MAX = 10;

/** What analytics counted otherwise than the ledger. */
export function Differences({ differences }: { differences: readonly Difference[] }) {
  const { zone } = useView();
  const dates = datesOf(zone);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section className="mt-3 overflow-x-auto" aria-label="Differences" tabIndex={0}>
      <table className="w-full min-w-[36rem] text-sm" data-testid="differences">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-right *:pb-1.5 *:pl-4 *:font-medium">
            <th scope="col" className="!pl-0 text-left">
              Minute
            </th>
            <th scope="col" className="text-left">
              Where
            </th>
            <th scope="col">Ledger</th>
            <th scope="col">Found</th>
            <th scope="col">Repaired</th>
          </tr>
        </thead>
        <tbody>
          {differences.slice(0, SHOWN_MAX).map((one) => (
            <tr
              key={`${one.place} ${one.tenant_id} ${one.minute} ${one.found_at}`}
              className="border-b border-line text-right *:h-9 *:pl-4"
            >
              <th scope="row" className="!pl-0 whitespace-nowrap text-left font-normal">
                {dates.exact(Date.parse(one.minute))}
              </th>
              <td className="text-left text-muted">{one.place}</td>
              <td>{countsOf(one.expected)}</td>
              <td className="font-medium">{one.ids_differ ? 'different clicks' : countsOf(one.found)}</td>
              <td className={one.repaired_at === null ? 'text-crit' : 'whitespace-nowrap text-muted'}>
                {one.repaired_at === null ? 'No' : dates.exact(Date.parse(one.repaired_at))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const countsOf = ({ clicks, fraud_clicks: flagged }: Difference['found']) =>
  `${formatCount(clicks)}${flagged === 0 ? '' : `, ${formatCount(flagged)} flagged`}`;
