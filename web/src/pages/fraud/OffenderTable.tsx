import type { OffenderKind } from '@clickledger/contract';
import { Link } from '@tanstack/react-router';
import { nameAndId, useLabels } from '../../analytics/names.js';
import { datesOf } from '../../lib/dates.js';
import { filterOf } from '../../lib/filters.js';
import { formatCount, formatMoney, formatShare } from '../../lib/format.js';
import { ruleLabel } from '../../lib/labels.js';
import { useChangeSearch, useSearchText, useView } from '../../state/view.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { SortHeader } from '../../ui/SortHeader.js';
import { useToggleFilter } from './FraudFilters.js';
import { OFFENDER_LABELS } from './offender-labels.js';
import {
  nextSorting,
  type Offender,
  type OffenderSort,
  SORT_DEFAULT,
  sortingOf,
  sortOffenders,
} from './sort-offenders.js';
import { flaggedInLog } from './to-log.js';

interface Props {
  rows: readonly Offender[];
  by: OffenderKind;
  zone: string;
}

const COLUMNS: readonly [sort: OffenderSort, label: string, look: string][] = [
  ['flagged', 'Flagged', ''],
  ['share', '% of clicks', ''],
  ['saved_micros', 'Not charged', 'max-sm:hidden'],
];
const SEEN: readonly [sort: OffenderSort, label: string, look: string][] = [
  ['first_seen', 'First flagged', 'max-lg:hidden'],
  ['last_seen', 'Last flagged', 'max-lg:hidden'],
];

/** Offenders, each with the way to its flagged clicks; a campaign or an ad narrows the page. */
export function OffenderTable({ rows, by, zone }: Props) {
  const sorting = sortingOf(useSearchText('sort'));
  const change = useChangeSearch();
  const dates = datesOf(zone);
  const head = ([sort, label, look]: (typeof COLUMNS)[number]) => (
    <SortHeader
      key={sort}
      direction={sorting.by === sort ? sorting.direction : null}
      className={look}
      onSort={() => {
        const next = nextSorting(sorting, sort);
        const isDefault = next.by === SORT_DEFAULT.by && next.direction === SORT_DEFAULT.direction;
        void change({ sort: isDefault ? undefined : `${next.by}.${next.direction}` }, { replace: true });
      }}
    >
      {label}
    </SortHeader>
  );
  return (
    <ScrollArea label="Top offenders, as a table" className="max-h-[32rem]">
      <table className="w-full text-sm" data-testid="offender-table">
        <thead className="sticky top-0 z-[1] bg-surface text-xs text-muted">
          <tr className="border-b border-line text-right *:px-2 *:pb-1.5 *:font-medium">
            <th scope="col" className="text-left">
              {OFFENDER_LABELS[by].one}
            </th>
            {COLUMNS.map(head)}
            <th scope="col" className="text-left! max-md:hidden">
              Rules
            </th>
            {SEEN.map(head)}
            <th scope="col">
              <span className="sr-only">Clicks</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sortOffenders(rows, sorting).map((row) => (
            <tr
              key={row.value}
              data-value={row.value}
              data-flagged={row.flagged}
              className="border-b border-line text-right last:border-0 hover:bg-sunken *:h-9 *:px-2"
            >
              <td className="max-w-40 truncate text-left sm:max-w-72">
                <Name by={by} value={row.value} />
              </td>
              <td className="font-medium">{formatCount(row.flagged)}</td>
              <td title={`${formatCount(row.clicks)} clicks in total`}>{formatShare(row.share)}</td>
              <td className="max-sm:hidden">{formatMoney(row.saved_micros)}</td>
              <td className="text-left max-md:hidden">{row.rules.map(ruleLabel).join(', ')}</td>
              <td className="whitespace-nowrap max-lg:hidden">{dates.minute(Date.parse(row.first_seen))}</td>
              <td className="whitespace-nowrap max-lg:hidden">{dates.minute(Date.parse(row.last_seen))}</td>
              <td>
                <ToClicks by={by} value={row.value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

/** An offender's name; that of a campaign or an ad narrows the page to it. */
function Name({ by, value }: { by: OffenderKind; value: string }) {
  const labelOf = useLabels();
  const { filters } = useView();
  const toggle = useToggleFilter();
  if (by !== 'ad_id' && by !== 'campaign_id')
    return (
      <span className={by === 'ip_hash' ? 'font-mono text-xs' : 'font-medium'} title={value}>
        {value}
      </span>
    );
  const isChosen = filterOf(filters, by, value) === 'is';
  const name = labelOf(by, value);
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      title={`${isChosen ? 'Remove this filter' : 'Show only'}: ${nameAndId(name, value)}`}
      className="block min-h-6 max-w-full truncate rounded font-medium hover:underline aria-pressed:text-accent"
      onClick={() => toggle(by, value)}
    >
      {name}
    </button>
  );
}

function ToClicks({ by, value }: { by: OffenderKind; value: string }) {
  const isView = by === 'ad_id' || by === 'campaign_id';
  return (
    <Link
      to="/clicks"
      search={flaggedInLog({ [by]: isView ? [value] : value })}
      aria-label={`View clicks of ${value}, flagged`}
      className="inline-block whitespace-nowrap py-1 text-xs text-accent hover:underline"
    >
      View clicks
    </Link>
  );
}
