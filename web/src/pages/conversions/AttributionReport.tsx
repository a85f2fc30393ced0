import type { ModelReportReply } from '@clickledger/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useLabels } from '../../analytics/names.js';
import { call } from '../../api/http.js';
import { cn } from '../../lib/cn.js';
import { DIMENSION_LABELS } from '../../lib/filters.js';
import { formatCount, formatShare } from '../../lib/format.js';
import { useRange } from '../../state/range.js';
import { useChangeSearch, useSearchText, useView } from '../../state/view.js';
import { CsvButton } from '../../ui/CsvButton.js';
import { ErrorNote } from '../../ui/ErrorNote.js';
import { Panel } from '../../ui/Panel.js';
import { SkeletonRows } from '../../ui/Skeleton.js';
import { useConversionActions } from './action-queries.js';
import { Choice } from './Choice.js';
import { MODEL_HINTS, MODEL_LABELS, shareText } from './conversion-text.js';

type Group = ModelReportReply['group_by'];
type Model = ModelReportReply['model'];
const GROUPS = [
  'campaign_id',
  'ad_id',
  'advertiser_id',
  'country',
  'device_type',
  'os',
  'browser',
] as const satisfies readonly Group[];
const HALF_LIVES = [1, 3, 7, 14, 30] as const;
const HALF_LIFE_DEFAULT = 7;
const MICROS = 1_000_000;

/** The conversions of the range, shared among the clicks before them by a model that the reader chooses. */
export function AttributionReport() {
  const { startMs, endMs } = useRange();
  const { filters } = useView();
  const change = useChangeSearch();
  const actions = useConversionActions().data?.data ?? [];
  const wanted = useSearchText('model') ?? '';
  const model = (wanted in MODEL_LABELS ? wanted : 'last_click') as Model;
  const wantedGroup = useSearchText('group');
  const group = GROUPS.find((one) => one === wantedGroup) ?? 'campaign_id';
  const halfLife = Number(useSearchText('half_life')) || HALF_LIFE_DEFAULT;
  const action = useSearchText('action') ?? '';
  const query = new URLSearchParams({
    start_time: new Date(startMs).toISOString(),
    end_time: new Date(endMs).toISOString(),
    model,
    group_by: group,
  });
  if (model === 'time_decay') query.set('half_life_days', String(halfLife));
  if (action !== '') query.set('action', action);
  const advertisers = filters.find(({ dimension, not }) => dimension === 'advertiser_id' && !not);
  for (const id of advertisers?.values ?? []) query.append('advertiser_id', id);
  const report = useQuery({
    queryKey: ['attribution', query.toString()],
    queryFn: ({ signal }) => call('GET /api/v1/analytics/attribution', { query, signal }),
    placeholderData: keepPreviousData,
  });
  const labelOf = useLabels(group === 'ad_id');
  const choose = (name: string) => (value: string) => void change({ [name]: value || undefined });
  return (
    <Panel
      title="Attribution by model"
      testId="attribution-report"
      actions={
        report.data && (
          <CsvButton
            what="attribution"
            rows={() => report.data.data.map((row) => csvRow(row, report.data, labelOf(group, row.group)))}
          />
        )
      }
    >
      <div className="mb-2 flex flex-wrap gap-2">
        <Choice
          label="Model"
          testId="model"
          value={model}
          options={Object.entries(MODEL_LABELS)}
          onChange={(value) => choose('model')(value === 'last_click' ? '' : value)}
        />
        {model === 'time_decay' && (
          <Choice
            label="Half-life"
            testId="half-life"
            value={String(halfLife)}
            options={HALF_LIVES.map((days) => [
              String(days),
              `Half-life ${days} ${days === 1 ? 'day' : 'days'}`,
            ])}
            onChange={choose('half_life')}
          />
        )}
        <Choice
          label="Group by"
          testId="group"
          value={group}
          options={GROUPS.map((one) => [one, `By ${DIMENSION_LABELS[one].one.toLowerCase()}`])}
          onChange={(value) => choose('group')(value === 'campaign_id' ? '' : value)}
        />
        {actions.length > 0 && (
          <Choice
            label="Action"
            testId="model-action"
            value={action}
            options={[
              ['', 'All actions'],
              ...actions.map((one) => [one.action, one.name ?? one.action] as const),
            ]}
            onChange={choose('action')}
          />
        )}
      </div>
      <p className="mb-3 max-w-prose text-sm text-muted">{MODEL_HINTS[model]}</p>
      {report.isError && (
        <ErrorNote error={report.error} what="Attribution" retry={() => void report.refetch()} />
      )}
      {report.isPending && <SkeletonRows count={5} />}
      {report.data && (
        <div
          className={cn('transition-opacity', report.isPlaceholderData && 'opacity-55 delay-150')}
          aria-busy={report.isPlaceholderData}
        >
          <Rows report={report.data} labelOf={(value) => labelOf(report.data.group_by, value)} />
        </div>
      )}
    </Panel>
  );
}

/** Whole and broken numbers of conversions: "12", "4.33". */
const countText = (micros: number) =>
  micros % MICROS === 0 ? formatCount(micros / MICROS) : formatCount(Math.round(micros / 10_000) / 100);

type Values = ModelReportReply['total']['conversion_values'];
const valuesText = (values: Values) =>
  values.map(({ value_micros, currency }) => shareText(value_micros, currency)).join(' + ') || '–';
/** With every digit, where the numbers are exact. */
const exactValues = (values: Values) =>
  values.map(({ value, currency }) => `${value} ${currency}`).join(' + ') || undefined;

function Rows({ report, labelOf }: { report: ModelReportReply; labelOf: (value: string) => string }) {
  const { data, total } = report;
  if (data.length === 0)
    return <p className="py-6 text-center text-sm text-muted">No attributed conversions in this range.</p>;
  return (
    <table className="w-full table-fixed text-sm" data-testid="attribution-table">
      <thead className="text-xs text-muted">
        <tr className="border-b border-line text-right *:px-2 *:pb-1.5 *:font-medium">
          <th scope="col" className="text-left">
            {DIMENSION_LABELS[report.group_by].one}
          </th>
          <th scope="col" className="w-24">
            Conversions
          </th>
          <th scope="col" className="w-20 max-sm:hidden">
            Share
          </th>
          <th scope="col" className="w-52 max-sm:w-32">
            Value
          </th>
        </tr>
      </thead>
      <tbody>
        {data.map((row) => (
          <tr key={row.group} className="border-b border-line text-right *:h-9 *:px-2 *:break-words">
            <th scope="row" className="text-left font-normal" title={row.group}>
              {labelOf(row.group)}
            </th>
            <td className="font-medium" title={row.conversions}>
              {countText(row.conversions_micros)}
            </td>
            <td className="text-muted max-sm:hidden">
              {formatShare(row.conversions_micros / total.conversions_micros)}
            </td>
            <td title={exactValues(row.conversion_values)}>{valuesText(row.conversion_values)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="text-right font-medium *:h-9 *:px-2 *:break-words">
          <th scope="row" className="text-left font-medium">
            Total
          </th>
          <td title={total.conversions}>{countText(total.conversions_micros)}</td>
          <td className="max-sm:hidden" />
          <td title={exactValues(total.conversion_values)}>{valuesText(total.conversion_values)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

/** A row of a file: each currency is a column of its own, so that nothing is added up that is not alike. */
const csvRow = (
  row: ModelReportReply['data'][number],
  { group_by, model, total }: ModelReportReply,
  name: string,
) => ({
  [group_by]: row.group,
  name,
  model,
  conversions: row.conversions,
  ...Object.fromEntries(
    total.conversion_values.map(({ currency }) => [
      `value_${currency}`,
      row.conversion_values.find((one) => one.currency === currency)?.value ?? '0',
    ]),
  ),
});
