import { Link } from '@tanstack/react-router';
import {
  columnVisibilityFeature,
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import { nameAndId } from '../../analytics/names.js';
import { useBillingZone } from '../../api/settings.js';
import { cn } from '../../lib/cn.js';
import {
  formatCount,
  formatMoney,
  formatShare,
  formatShort,
  formatTimes,
  written,
} from '../../lib/format.js';
import { priceOf, priceText } from '../../lib/pricing.js';
import { cpaOf, cvrOf, roasOf } from '../../lib/rates.js';
import { keepView } from '../../state/search.js';
import { useChangeSearch, useSearchText } from '../../state/view.js';
import { ScrollArea } from '../../ui/ScrollArea.js';
import { SortHeader } from '../../ui/SortHeader.js';
import { Budget } from './Budget.js';
import { CampaignFraud } from './CampaignFraud.js';
import type { CampaignRow } from './campaign-rows.js';
import { Status } from './StatusSelect.js';

const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns,
});
const helper = createColumnHelper<typeof features, CampaignRow>();

const count = (key: 'clicks' | 'billable' | 'users' | 'conversions', header: string) =>
  helper.accessor(key, {
    header,
    cell: (cell) => <span title={formatCount(cell.getValue())}>{formatShort(cell.getValue())}</span>,
  });

/** A rate of nothing is none: it stands below the others, whichever way they are sorted. */
const LAST_WITHOUT = { sortUndefined: 'last' } as const;

const columns = helper.columns([
  helper.accessor('name', {
    header: 'Campaign',
    cell: ({ row: { original } }) => (
      <Link
        to="/campaigns/$campaignId"
        params={{ campaignId: original.id }}
        search={keepView}
        className="block max-w-72 rounded hover:underline"
        title={`${nameAndId(original.name, original.id)} · ${original.campaign.advertiser_id}`}
      >
        <span className="block truncate font-medium">{original.name}</span>
        <span className="block truncate text-xs text-muted">
          {original.name === original.id
            ? original.campaign.advertiser_id
            : `${original.id} · ${original.campaign.advertiser_id}`}
        </span>
      </Link>
    ),
  }),
  helper.accessor((row) => row.campaign.status, {
    id: 'status',
    header: 'Status',
    cell: (cell) => <Status status={cell.getValue()} />,
  }),
  count('clicks', 'Clicks'),
  count('billable', 'Billable'),
  count('users', 'Users ≈'),
  helper.accessor('fraudRate', {
    header: 'Fraud',
    cell: ({ row: { original } }) => <CampaignFraud row={original} />,
  }),
  helper.accessor((row) => priceOf(row.campaign), {
    id: 'price',
    header: 'Cost per click',
    cell: ({ row: { original } }) => priceText(priceOf(original.campaign), original.campaign.pricing_model),
  }),
  helper.accessor('spendMicros', { header: 'Spend', cell: (cell) => formatMoney(cell.getValue()) }),
  count('conversions', 'Conversions'),
  helper.accessor((row) => cvrOf(row) ?? undefined, {
    id: 'cvr',
    header: 'CVR',
    ...LAST_WITHOUT,
    cell: (cell) => written(cell.getValue() ?? null, formatShare),
  }),
  helper.accessor((row) => cpaOf(row) ?? undefined, {
    id: 'cpa',
    header: 'CPA',
    ...LAST_WITHOUT,
    cell: (cell) => written(cell.getValue() ?? null, formatMoney),
  }),
  helper.accessor('valueMicros', {
    id: 'value',
    header: 'Value',
    cell: (cell) => formatMoney(cell.getValue()),
  }),
  helper.accessor((row) => roasOf(row) ?? undefined, {
    id: 'roas',
    header: 'ROAS',
    ...LAST_WITHOUT,
    cell: (cell) => written(cell.getValue() ?? null, formatTimes),
  }),
  helper.accessor('spentTodayMicros', {
    id: 'budget',
    header: 'Today’s spend / budget',
    cell: ({ row: { original } }) => <TodayOfBudget row={original} />,
  }),
]);

function TodayOfBudget({ row }: { row: CampaignRow }) {
  const { spentTodayMicros, campaign } = row;
  const zone = useBillingZone();
  return <Budget spentMicros={spentTodayMicros} budgetMicros={campaign.daily_budget_micros} zone={zone} />;
}

/** Columns that can be left out, in their order, with those of conversions. */
export const COLUMNS = [
  { id: 'status', label: 'Status' },
  { id: 'clicks', label: 'Clicks' },
  { id: 'billable', label: 'Billable' },
  { id: 'users', label: 'Users ≈' },
  { id: 'fraudRate', label: 'Fraud' },
  { id: 'price', label: 'Cost per click' },
  { id: 'spendMicros', label: 'Spend' },
  { id: 'conversions', label: 'Conversions' },
  { id: 'cvr', label: 'CVR' },
  { id: 'cpa', label: 'CPA' },
  { id: 'value', label: 'Value' },
  { id: 'roas', label: 'ROAS' },
  { id: 'budget', label: 'Today’s spend / budget' },
] as const;
const OF_CONVERSIONS: readonly string[] = ['conversions', 'cvr', 'cpa', 'value', 'roas'];
/** Left out beside those of conversions, unless somebody wants them: a screen has no room for all. */
const RARE: readonly string[] = ['billable', 'users', 'price', 'value'];

/** The columns that there are, and those that are shown while nobody has chosen. */
export function columnsFor(hasConversions: boolean) {
  const columns = COLUMNS.filter(({ id }) => hasConversions || !OF_CONVERSIONS.includes(id));
  const shown = columns.map(({ id }) => id).filter((id) => !hasConversions || !RARE.includes(id));
  return { columns, shown };
}

const SORT_DEFAULT = 'clicks.desc';
const LEFT = new Set(['name', 'status']);
/** What a narrow screen has room for; a campaign's own page has the rest. */
const NARROW = new Set(['name', 'clicks', 'spendMicros']);
const lookOf = (column: string) =>
  cn(LEFT.has(column) ? 'text-left' : 'text-right', !NARROW.has(column) && 'max-sm:hidden');

const useOrder = () => (useSearchText('sort') ?? SORT_DEFAULT).split('.');

/** Campaigns in the order that is in the address. */
export function useCampaignTable(
  rows: readonly CampaignRow[],
  shown: readonly string[] = columnsFor(false).shown,
) {
  const [id = 'clicks', direction] = useOrder();
  const sorting = useMemo(() => [{ id, desc: direction !== 'asc' }], [id, direction]);
  const data = useMemo(() => [...rows], [rows]);
  const columnVisibility = useMemo(
    () => Object.fromEntries(COLUMNS.map(({ id }) => [id, shown.includes(id)])),
    [shown],
  );
  return useTable({
    features,
    columns,
    data,
    state: { sorting, columnVisibility },
    getRowId: (row) => row.id,
  });
}

/** The campaigns as a table. */
export function CampaignTable({ table }: { table: ReturnType<typeof useCampaignTable> }) {
  const [id, direction] = useOrder();
  const change = useChangeSearch();
  const sort = (column: string) => {
    const desc = column === id ? direction === 'asc' : !LEFT.has(column);
    const next = `${column}.${desc ? 'desc' : 'asc'}`;
    void change({ sort: next === SORT_DEFAULT ? undefined : next }, { replace: true });
  };
  if (table.getRowModel().rows.length === 0)
    return <p className="py-10 text-center text-sm text-muted">No matching campaigns.</p>;
  return (
    <ScrollArea label="Campaigns, as a table">
      <table className="w-full text-sm" data-testid="campaign-table">
        <thead className="text-xs text-muted">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="border-b border-line *:px-2 *:pb-1.5 *:font-medium">
              {group.headers.map((header) => {
                const { id: column } = header.column;
                return (
                  <SortHeader
                    key={header.id}
                    direction={column === id ? (direction === 'asc' ? 'asc' : 'desc') : null}
                    align={LEFT.has(column) ? 'left' : 'right'}
                    className={lookOf(column)}
                    onSort={() => sort(column)}
                  >
                    <table.FlexRender header={header} />
                  </SortHeader>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              className="border-b border-line last:border-0 hover:bg-sunken *:h-12 *:px-2"
              data-campaign={row.id}
            >
              {row.getVisibleCells().map((cell) => (
                <td
                  key={cell.id}
                  className={cn(
                    lookOf(cell.column.id),
                    cell.column.id === 'name' && 'max-sm:w-full max-sm:max-w-0',
                  )}
                >
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
