import { COUNTRY_CODES, RULE_NAMES } from '@clickledger/contract';
import { useCampaigns } from '../../api/queries.js';
import { type Dimension, type Filter, withoutValue, withValue } from '../../lib/filters.js';
import { countryName, ruleLabel, valueLabel } from '../../lib/labels.js';
import { useChangeView, useView } from '../../state/view.js';

type Options = readonly (readonly [value: string, label: string])[];

/** Campaigns in the list; more are found from the Campaigns page. */
const CAMPAIGNS_MAX = 500;
const COUNTRIES: Options = [...COUNTRY_CODES]
  .map((code) => [code, countryName(code)] as const)
  .sort(([, a], [, b]) => a.localeCompare(b));
const DEVICES: Options = ['mobile', 'desktop', 'tablet'].map(
  (type) => [type, valueLabel('device_type', type)] as const,
);

/** Sets the page's filters: one campaign, rule, country and device at a time. */
export function FraudFilters({ rules }: { rules: readonly string[] }) {
  const campaigns = useCampaigns().data?.data ?? [];
  const named: Options = campaigns
    .map(({ campaign_id: id, name }) => [id, name ?? id] as const)
    .sort(([, a], [, b]) => a.localeCompare(b))
    .slice(0, CAMPAIGNS_MAX);
  // Those of this range, and the usual ones: a rule that flagged nothing is an answer too.
  const known = [...new Set([...rules, ...RULE_NAMES])].map((rule) => [rule, ruleLabel(rule)] as const);
  return (
    <div className="mb-3 grid grid-cols-2 gap-2 sm:flex sm:flex-wrap" data-testid="fraud-filters">
      <Choice dimension="campaign_id" label="Campaign" any="All campaigns" options={named} />
      <Choice dimension="fraud_reason" label="Rule" any="All rules" options={known} />
      <Choice dimension="country" label="Country" any="All countries" options={COUNTRIES} />
      <Choice dimension="device_type" label="Device" any="All devices" options={DEVICES} />
    </div>
  );
}

interface ChoiceProps {
  dimension: Dimension;
  label: string;
  any: string;
  options: Options;
}

function Choice({ dimension, label, any, options }: ChoiceProps) {
  const { filters } = useView();
  const changeView = useChangeView();
  const chosen = chosenOf(filters, dimension);
  return (
    <select
      className="control w-full sm:w-auto sm:max-w-52"
      aria-label={label}
      data-testid={`filter-${dimension}`}
      value={chosen}
      onChange={({ target }) =>
        changeView((view) => {
          const others = view.filters.filter((filter) => filter.dimension !== dimension);
          return { filters: target.value === '' ? others : withValue(others, dimension, target.value) };
        })
      }
    >
      <option value="">{any}</option>
      {chosen !== '' && !options.some(([value]) => value === chosen) && (
        <option value={chosen}>{chosen}</option>
      )}
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** The one value that a dimension is filtered by; empty when there is none, or more than one. */
function chosenOf(filters: readonly Filter[], dimension: Dimension): string {
  const found = filters.find((filter) => filter.dimension === dimension && !filter.not);
  return found?.values.length === 1 ? (found.values[0] ?? '') : '';
}

/** Narrows the page to one value of a dimension; a second time ends that. */
export function useToggleFilter(): (dimension: Dimension, value: string) => void {
  const changeView = useChangeView();
  return (dimension, value) =>
    void changeView((view) => {
      if (chosenOf(view.filters, dimension) === value)
        return { filters: withoutValue(view.filters, dimension, value) };
      const others = view.filters.filter((filter) => filter.dimension !== dimension);
      return { filters: withValue(others, dimension, value) };
    });
}
