import { useCampaigns } from '../../api/queries.js';
import { useMay } from '../../app/may.js';
import { withValue } from '../../lib/filters.js';
import { useChangeSearch, useChangeView, useView } from '../../state/view.js';
import { SearchInput } from '../../ui/SearchInput.js';
import { useConversionActions } from './action-queries.js';
import { Choice } from './Choice.js';
import { campaignOf, type OwnFilters } from './conversion-params.js';
import { REASON_CODES, reasonLabel, STATUS_LABELS } from './conversion-text.js';

/** Campaigns in the list; the search of the dashboard finds the others. */
const CAMPAIGNS_MAX = 500;

type Options = readonly (readonly [value: string, label: string])[];

/** Narrows the list: by action, status, reason, campaign, and to one order. */
export function ConversionFilters({ own }: { own: OwnFilters }) {
  // Advertisers see their attributed conversions alone.
  const seesAll = useMay('GET /api/v1/conversions/:conversion_id');
  const { filters } = useView();
  const changeSearch = useChangeSearch();
  const changeView = useChangeView();
  const actions = useConversionActions().data?.data ?? [];
  const campaigns: Options = (useCampaigns().data?.data ?? [])
    .map(({ campaign_id: id, name }) => [id, name ?? id] as const)
    .sort(([, a], [, b]) => a.localeCompare(b))
    .slice(0, CAMPAIGNS_MAX);
  const narrow = (name: string) => (value: string) =>
    void changeSearch({ [name]: value || undefined, older: undefined });
  const chooseCampaign = (value: string) =>
    void changeView((view) => {
      const others = view.filters.filter(({ dimension }) => dimension !== 'campaign_id');
      return { filters: value === '' ? others : withValue(others, 'campaign_id', value) };
    });
  return (
    <div className="mb-3 grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
      {seesAll && (
        <SearchInput
          label="Order ID"
          placeholder="Order ID"
          testId="conversion-order"
          className="max-sm:col-span-2"
          value={own.order_id ?? ''}
          onChange={narrow('order_id')}
        />
      )}
      {seesAll && (
        <Choice
          testId="conversion-action"
          label="Action"
          options={[
            ['', 'All actions'],
            ...actions.map(({ action, name }) => [action, name ?? action] as const),
          ]}
          value={own.action ?? ''}
          onChange={narrow('action')}
        />
      )}
      {seesAll && (
        <Choice
          testId="conversion-status"
          label="Status"
          options={[['', 'All statuses'], ...Object.entries(STATUS_LABELS)]}
          value={own.status ?? ''}
          onChange={narrow('status')}
        />
      )}
      {seesAll && (
        <Choice
          testId="conversion-reason"
          label="Reason"
          options={[['', 'All reasons'], ...REASON_CODES.map((code) => [code, reasonLabel(code)] as const)]}
          value={own.reason ?? ''}
          onChange={narrow('reason')}
        />
      )}
      <Choice
        testId="conversion-campaign"
        label="Campaign"
        options={[['', 'All campaigns'], ...campaigns]}
        value={campaignOf(filters) ?? ''}
        onChange={chooseCampaign}
      />
    </div>
  );
}
