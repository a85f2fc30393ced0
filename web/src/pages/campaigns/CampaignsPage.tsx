import { useMemo } from 'react';
import { FilterChips } from '../../analytics/FilterChips.js';
import { Toolbar } from '../../analytics/Toolbar.js';
import { useAnswers } from '../../api/answers.js';
import { useHasConversions } from '../../api/conversions.js';
import { useAdvertisers, useCampaigns } from '../../api/queries.js';
import { CONVERSIONS, type Question } from '../../api/questions.js';
import { useBillingZone } from '../../api/settings.js';
import { cn } from '../../lib/cn.js';
import { useColumns } from '../../state/columns.js';
import { useCurrency } from '../../state/currency.js';
import { useRange } from '../../state/range.js';
import { filtersKey, useChangeSearch, useSearchText, useView } from '../../state/view.js';
import { ColumnMenu } from '../../ui/ColumnMenu.js';
import { CsvButton } from '../../ui/CsvButton.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { PageHeader } from '../../ui/PageHeader.js';
import { CostLine } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { CampaignTable, columnsFor, useCampaignTable } from './CampaignTable.js';
import { conversionCells, toCampaignRows, toCsvRow } from './campaign-rows.js';
import { STATUS_LABELS } from './StatusSelect.js';

/** Most campaigns that the API lists on one page. */
const CAMPAIGNS_MAX = 10_000;

/** Every campaign, with its figures of the range. */
export function CampaignsPage() {
  const view = useView();
  const range = useRange();
  const campaigns = useCampaigns();
  const advertisers = useAdvertisers().data;
  const { currency } = useCurrency();
  const search = useSearchText('q') ?? '';
  const status = useSearchText('status') ?? '';
  const change = useChangeSearch();
  const billingZone = useBillingZone();
  const base: Question = {
    asked: range.asked,
    align: range.granularity,
    zone: range.zone,
    filters: view.filters,
    granularity: 'total',
    groupBy: 'campaign_id',
    limit: CAMPAIGNS_MAX,
  };
  const asksConversions =
    useHasConversions() && !view.filters.some(({ dimension }) => dimension === 'fraud_reason');
  const { answers, changing } = useAnswers(
    JSON.stringify([view.choice, view.zone, filtersKey(view.filters), asksConversions]),
    range,
    {
      figures: asksConversions ? { ...base, metrics: CONVERSIONS } : base,
      // Of today in the account's zone, which budgets are of.
      today: billingZone === undefined ? null : { ...base, filters: [], asked: 'today', zone: billingZone },
    },
  );
  const rows = useMemo(
    () =>
      toCampaignRows(
        campaigns.data?.data ?? [],
        answers.figures?.reply?.data ?? [],
        answers.today?.reply?.data ?? [],
      ),
    [campaigns.data, answers.figures?.reply, answers.today?.reply],
  );
  const shown = useMemo(() => {
    const text = search.toLowerCase();
    return rows.filter(
      (row) =>
        (status === '' || row.campaign.status === status) &&
        (row.name.toLowerCase().includes(text) ||
          row.id.toLowerCase().includes(text) ||
          row.campaign.advertiser_id.toLowerCase().includes(text)),
    );
  }, [rows, search, status]);
  const { columns, shown: usual } = useMemo(() => columnsFor(asksConversions), [asksConversions]);
  const [chosen, chooseColumns] = useColumns(asksConversions ? 'campaigns-conversions' : 'campaigns');
  const table = useCampaignTable(shown, chosen ?? usual);
  const csvRows = () => {
    const names = new Map(advertisers?.data.map(({ advertiser_id, name }) => [advertiser_id, name]));
    return table.getRowModel().rows.map(({ original }) => ({
      ...toCsvRow(original, names.get(original.campaign.advertiser_id) ?? null, currency),
      ...(asksConversions && conversionCells(original)),
    }));
  };
  const failed = campaigns.error ?? answers.figures?.error;

  return (
    <>
      <PageHeader title="Campaigns">
        <Toolbar rangeOnly />
      </PageHeader>
      <FilterChips />
      <section className="card p-4" aria-label="Campaigns">
        <div className="mb-3 flex flex-wrap items-center gap-2">
          <input
            type="search"
            className="control min-w-48 flex-1 sm:max-w-80"
            placeholder="Name, ID, or advertiser"
            aria-label="Search campaigns"
            value={search}
            onChange={({ target }) => change({ q: target.value || undefined }, { replace: true })}
          />
          <select
            className="control"
            aria-label="Status"
            value={status}
            onChange={({ target }) => change({ status: target.value || undefined }, { replace: true })}
          >
            <option value="">All statuses</option>
            {Object.entries(STATUS_LABELS).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          <p className="ml-auto text-sm text-muted" role="status">
            {shown.length} of {rows.length}
          </p>
          <ColumnMenu columns={columns} shown={chosen ?? usual} onChange={chooseColumns} />
          <CsvButton what="campaigns" rows={csvRows} />
        </div>
        {failed && <ErrorNote error={failed} what="Campaigns" retry={() => void campaigns.refetch()} />}
        {!campaigns.data && !failed && <SkeletonRows count={12} />}
        {campaigns.data && (
          <div className={cn('transition-opacity', changing && 'opacity-55 delay-150')} aria-busy={changing}>
            <CampaignTable table={table} />
          </div>
        )}
      </section>
      <div className="mt-4">
        <CostLine answers={Object.values(answers)} />
      </div>
    </>
  );
}
