import {
  type Dimension as ClickDimension,
  DEVICE_TYPES,
  type LandingDimension,
  LIMITS,
} from '@clickledger/contract';

/** What clicks are grouped and filtered by: what every click has, and what the links that were followed say. */
export type Dimension = ClickDimension | LandingDimension;

/** What the dashboard can break down and filter by, in the order of its chips, with its names. */
export const DIMENSION_LABELS: Record<Dimension, { one: string; many: string }> = {
  campaign_id: { one: 'Campaign', many: 'Campaigns' },
  ad_id: { one: 'Ad', many: 'Ads' },
  advertiser_id: { one: 'Advertiser', many: 'Advertisers' },
  country: { one: 'Country', many: 'Countries' },
  device_type: { one: 'Device', many: 'Devices' },
  os: { one: 'OS', many: 'Operating systems' },
  browser: { one: 'Browser', many: 'Browsers' },
  fraud_reason: { one: 'Fraud rule', many: 'Fraud rules' },
  link_id: { one: 'Link', many: 'Links' },
  utm_source: { one: 'utm_source', many: 'utm_source' },
  utm_medium: { one: 'utm_medium', many: 'utm_medium' },
  utm_campaign: { one: 'utm_campaign', many: 'utm_campaign' },
  utm_term: { one: 'utm_term', many: 'utm_term' },
  utm_content: { one: 'utm_content', many: 'utm_content' },
  sub1: { one: 'sub1', many: 'sub1' },
  sub2: { one: 'sub2', many: 'sub2' },
  sub3: { one: 'sub3', many: 'sub3' },
  sub4: { one: 'sub4', many: 'sub4' },
  sub5: { one: 'sub5', many: 'sub5' },
};
export const DIMENSIONS = Object.keys(DIMENSION_LABELS) as Dimension[];
export const isDimension = (name: string): name is Dimension => Object.hasOwn(DIMENSION_LABELS, name);

/** Only clicks whose value is (or is not) one of these. An empty value means unknown. */
export interface Filter {
  dimension: Dimension;
  not: boolean;
  values: readonly string[];
}

/** The name of a filter in the API and in the address: `country`, `not_country`. */
export const filterParam = ({ dimension, not }: Pick<Filter, 'dimension' | 'not'>): string =>
  not ? `not_${dimension}` : dimension;

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);

/** Whether the API takes a value of this dimension. An empty one means unknown, which ids never are. */
export function isFilterValue(dimension: Dimension, value: string): boolean {
  switch (dimension) {
    case 'country':
      return /^([A-Za-z]{2}|)$/.test(value);
    case 'device_type':
      return value === '' || DEVICE_TYPES.some((one) => one === value);
    case 'campaign_id':
    case 'ad_id':
    case 'advertiser_id':
      return value !== '' && value.length <= LIMITS.idLengthMax;
    case 'os':
    case 'browser':
    case 'fraud_reason':
      return value.length <= LIMITS.labelLengthMax;
    case 'link_id':
      return value === '' || isUuid(value);
    default:
      return value.length <= LIMITS.landingValueLengthMax;
  }
}

/** The filters with one more value; the same value under the other sign leaves. */
export function withValue(
  filters: readonly Filter[],
  dimension: Dimension,
  value: string,
  not = false,
): Filter[] {
  const others = withoutValue(filters, dimension, value);
  const index = others.findIndex((filter) => filter.dimension === dimension && filter.not === not);
  const found = others[index];
  if (!found) return [...others, { dimension, not, values: [value] }];
  return others.with(index, { ...found, values: [...found.values, value] });
}

/** The filters without a value, under either sign. */
export const withoutValue = (filters: readonly Filter[], dimension: Dimension, value: string): Filter[] =>
  filters
    .map((filter) =>
      filter.dimension === dimension
        ? { ...filter, values: filter.values.filter((one) => one !== value) }
        : filter,
    )
    .filter(({ values }) => values.length > 0);

/** Whether a value is filtered by, and how. */
export function filterOf(
  filters: readonly Filter[],
  dimension: Dimension,
  value: string,
): 'is' | 'is not' | null {
  const found = filters.find((filter) => filter.dimension === dimension && filter.values.includes(value));
  if (!found) return null;
  return found.not ? 'is not' : 'is';
}

/** From an advertiser to its campaigns, from a campaign to its ads. */
const NARROWER: Partial<Record<Dimension, Dimension>> = {
  advertiser_id: 'campaign_id',
  campaign_id: 'ad_id',
};

/** What to break down by: the first of these, unless it is filtered to one value; then what that value consists of. */
export function leadOn(dimensions: readonly Dimension[], filters: readonly Filter[]): Dimension | undefined {
  const isOne = (dimension: Dimension) =>
    filters.some((filter) => filter.dimension === dimension && !filter.not && filter.values.length === 1);
  const [first] = dimensions;
  const narrower = first && isOne(first) ? NARROWER[first] : undefined;
  return narrower && dimensions.includes(narrower) && !isOne(narrower) ? narrower : first;
}

/** A filter in words: "Country is Germany or France". */
export const filterText = (
  { dimension, not, values }: Filter,
  labelOf: (dimension: Dimension, value: string) => string,
): string =>
  `${DIMENSION_LABELS[dimension].one} ${not ? 'is not' : 'is'} ${values.map((value) => labelOf(dimension, value)).join(' or ')}`;
