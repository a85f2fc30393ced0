import { DIMENSIONS, type Filter, filterParam } from '../lib/filters.js';
import { isPreset, PRESET_DEFAULT, type RangeChoice } from '../lib/range.js';
import { type BucketSize, browserZone, isZone } from '../lib/zone.js';

/** What the address holds: every value is text, or a list of texts where a name is repeated. */
export type RawSearch = Record<string, string | string[] | undefined>;

/** What every page that shows figures shares, as it stands in the address. Defaults are left out. */
export interface ViewSearch {
  range?: string;
  from?: string;
  to?: string;
  tz?: string;
  by?: BucketSize;
  compare?: 'off';
  /** Filters: `country`, `not_country` and so on, a list each. */
  [filter: string]: string | string[] | undefined;
}

/** A view: a range, a zone, a bucket size, whether it is compared, and filters. */
export interface View {
  choice: RangeChoice;
  zone: string;
  granularity: BucketSize | undefined;
  compare: boolean;
  filters: readonly Filter[];
}

const FILTER_PARAMS = DIMENSIONS.flatMap((dimension) =>
  [false, true].map((not) => ({ dimension, not, param: filterParam({ dimension, not }) })),
);
/** Names in the address that belong to the view, and go along from page to page. */
export const VIEW_PARAMS: readonly string[] = [
  'range',
  'from',
  'to',
  'tz',
  'by',
  'compare',
  ...FILTER_PARAMS.map(({ param }) => param),
];

/** A query string, without `?`, as text and lists of texts: a link looks as people would write it. */
export function parseSearch(text: string): RawSearch {
  const search: RawSearch = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const had = search[name];
    search[name] = had === undefined ? value : [...(Array.isArray(had) ? had : [had]), value];
  }
  return search;
}

/** The opposite of `parseSearch`, with `?` unless it is empty. */
export function stringifySearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

const first = (value: unknown): string | undefined =>
  (Array.isArray(value) ? value[0] : value) as string | undefined;
const list = (value: unknown): string[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as string[]) : [String(value)];

/** The part of an address that describes the view; whatever it has wrong is left out. */
export function validateView(raw: Record<string, unknown>): ViewSearch {
  return viewToSearch(viewOf(raw));
}

/** The view that an address describes. */
export function viewOf(raw: Record<string, unknown>): View {
  const tz = first(raw.tz);
  const by = first(raw.by);
  return {
    choice: choiceOf(raw),
    zone: tz !== undefined && isZone(tz) ? tz : browserZone,
    granularity: by === 'minute' || by === 'hour' || by === 'day' ? by : undefined,
    compare: first(raw.compare) !== 'off',
    filters: FILTER_PARAMS.flatMap(({ dimension, not, param }) => {
      const values = [...new Set(list(raw[param]))];
      return values.length > 0 ? [{ dimension, not, values }] : [];
    }),
  };
}

function choiceOf(raw: Record<string, unknown>): RangeChoice {
  const preset = first(raw.range) ?? PRESET_DEFAULT;
  if (preset === 'custom') {
    const fromMs = Date.parse(first(raw.from) ?? '');
    const toMs = Date.parse(first(raw.to) ?? '');
    if (fromMs < toMs) return { preset, fromMs, toMs };
  } else if (isPreset(preset)) return { preset };
  return { preset: PRESET_DEFAULT };
}

/** The address of a view. Times are written in UTC, so that a link means the same anywhere. */
export function viewToSearch({ choice, zone, granularity, compare, filters }: View): ViewSearch {
  const search: ViewSearch = {};
  if (choice.preset !== PRESET_DEFAULT) search.range = choice.preset;
  if (choice.preset === 'custom') {
    search.from = new Date(choice.fromMs).toISOString();
    search.to = new Date(choice.toMs).toISOString();
  }
  if (zone !== browserZone) search.tz = zone;
  if (granularity) search.by = granularity;
  if (!compare) search.compare = 'off';
  for (const filter of filters) search[filterParam(filter)] = [...filter.values];
  return search;
}

/** Of an address, what goes along to another page. */
export const carryView = (search: Record<string, unknown>): ViewSearch =>
  Object.fromEntries(
    VIEW_PARAMS.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  ) as ViewSearch;

/**
 * `carryView` for the `search` of a link or a navigation. Not typed: the router's types would ask each route for the names of
 * filters, which are an open list; every address is checked where it is read.
 */
export const keepView = ((search: Record<string, unknown>) => carryView(search)) as never;
