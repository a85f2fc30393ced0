import type { OffenderKind, OffendersReply } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { useLabels } from '../../analytics/names.js';
import { datesOf } from '../../lib/dates.js';
import { formatCount, formatMoney, formatShare } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { OFFENDER_LABELS } from './offender-labels.js';
import { flaggedInLog } from './to-log.js';

interface Props {
  rows: OffendersReply['data'];
  by: OffenderKind;
  zone: string;
}

/** Offenders with what is known of them; each leads to its flagged clicks, where the log can find them. */
export function OffenderTable({ rows, by, zone }: Props) {
  const dates = datesOf(zone);
  return (
    <ScrollArea label="Top offenders, as a table">
      <table className="w-full text-sm" data-testid="offender-table">
        <thead className="text-xs text-muted">
          <tr className="border-b border-line text-right *:px-2 *:pb-1.5 *:font-medium">
            <th scope="col" className="text-left">
              {OFFENDER_LABELS[by].one}
            </th>
            <th scope="col">Flagged</th>
            <th scope="col">Of its clicks</th>
            <th scope="col" className="max-sm:hidden">
              Not billed
            </th>
            <th scope="col" className="text-left! max-md:hidden">
              Rules
            </th>
            <th scope="col" className="max-lg:hidden">
              First flagged
            </th>
            <th scope="col" className="max-lg:hidden">
              Last flagged
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.value}
              data-value={row.value}
              data-flagged={row.flagged}
              className="border-b border-line text-right last:border-0 hover:bg-sunken *:h-9 *:px-2"
            >
              <td className="max-w-40 truncate text-left sm:max-w-72">
                <Offender by={by} value={row.value} />
              </td>
              <td className="font-medium">{formatCount(row.flagged)}</td>
              <td title={`${formatCount(row.clicks)} clicks in all`}>{formatShare(row.share)}</td>
              <td className="max-sm:hidden">{formatMoney(row.saved_micros)}</td>
              <td className="text-left max-md:hidden">{row.rules.map(ruleLabel).join(', ')}</td>
              <td className="whitespace-nowrap max-lg:hidden">{dates.minute(Date.parse(row.first_seen))}</td>
              <td className="whitespace-nowrap max-lg:hidden">{dates.minute(Date.parse(row.last_seen))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function Offender({ by, value }: { by: OffenderKind; value: string }) {
  const labelOf = useLabels();
  // The log has no filter for hosts.
  if (by === 'referrer_host') return <span title={value}>{value}</span>;
  const isView = by === 'ad_id' || by === 'campaign_id';
  return (
    <Link
      to="/clicks"
      search={flaggedInLog({ [by]: isView ? [value] : value })}
      title={`${value}: its flagged clicks`}
      className={by === 'ip_hash' ? 'font-mono text-xs hover:underline' : 'font-medium hover:underline'}
    >
      {isView ? labelOf(by, value) : value}
    </Link>
  );
}
