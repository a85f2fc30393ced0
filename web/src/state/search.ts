import { type BucketSize, LIMITS } from '@clickledger/contract';
import type { Comparison } from '../lib/comparison.js';
import { DIMENSIONS, type Filter, filterParam, isFilterValue } from '../lib/filters.js';
import { isPreset, mayIncludeToday, PRESET_DEFAULT, type RangeChoice } from '../lib/presets.js';
import { browserZone, zoneOf } from '../lib/zone-names.js';
import { noteDropped } from './dropped.js';

/** What the address holds: every value is text, or a list of texts where a name is repeated. */
export type RawSearch = Record<string, string | string[] | undefined>;

/** What every page that shows figures shares, as it stands in the address. Defaults are left out, but never the zone. */
export interface ViewSearch {
  range?: string;
  from?: string;
  to?: string;
  today?: 'included';
  tz?: string;
  by?: BucketSize;
  compare?: 'off' | 'year' | 'custom';
  compare_from?: string;
  compare_to?: string;
  /** Filters: `country`, `not_country` and so on, a list each. */
  [filter: string]: string | string[] | undefined;
}

/** A view: a range, a zone, a bucket size, what it is compared with, and filters. */
export interface View {
  choice: RangeChoice;
  zone: string;
  granularity: BucketSize | undefined;
  compare: Comparison;
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
  'today',
  'tz',
  'by',
  'compare',
  'compare_from',
  'compare_to',
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

/** The part of an address that describes the view. What it has wrong is left out, and noted for the reader. */
export function validateView(raw: Record<string, unknown>): ViewSearch {
  const { view, dropped } = readView(raw);
  noteDropped(dropped);
  // By name: the router would otherwise keep what was given.
  const nothing = Object.fromEntries(VIEW_PARAMS.map((name) => [name, undefined]));
  return { ...nothing, ...viewToSearch(view) };
}

/** The view that an address describes. */
export const viewOf = (raw: Record<string, unknown>): View => readView(raw).view;

/** The view that an address describes, and what in it means nothing: `range=abc`. */
export function readView(raw: Record<string, unknown>): { view: View; dropped: string[] } {
  const dropped: string[] = [];
  const drop = (...names: string[]) => {
    for (const name of names)
      if (raw[name] !== undefined) dropped.push(`${name}=${list(raw[name]).join(',')}`);
  };
  const oneOf = <T extends string>(name: string, values: readonly T[]): T | undefined => {
    const found = values.find((value) => value === first(raw[name]));
    if (found === undefined) drop(name);
    return found;
  };
  const tz = first(raw.tz);
  const zone = tz === undefined ? null : zoneOf(tz);
  if (tz !== undefined && zone === null) drop('tz');
  const view: View = {
    choice: choiceOf(raw, drop),
    zone: zone ?? browserZone,
    granularity: oneOf('by', ['minute', 'hour', 'day']),
    compare: comparisonOf(raw, drop),
    filters: FILTER_PARAMS.flatMap(({ dimension, not, param }) => {
      const given = [...new Set(list(raw[param]))];
      const values = given
        .filter((value) => isFilterValue(dimension, value))
        .slice(0, LIMITS.filterValuesMax);
      for (const value of given) if (!values.includes(value)) dropped.push(`${param}=${value}`);
      return values.length > 0 ? [{ dimension, not, values }] : [];
    }),
  };
  return { view, dropped };
}

type Drop = (...names: string[]) => void;

/** The moments of two names, in milliseconds since 1970; null unless they are a range. */
function momentsOf(raw: Record<string, unknown>, from: string, to: string) {
  const [fromMs, toMs] = [from, to].map((name) => Date.parse(first(raw[name]) ?? '')) as [number, number];
  return fromMs < toMs ? { fromMs, toMs } : null;
}

function choiceOf(raw: Record<string, unknown>, drop: Drop): RangeChoice {
  const preset = first(raw.range) ?? PRESET_DEFAULT;
  if (preset === 'custom') {
    const moments = momentsOf(raw, 'from', 'to');
    if (moments) return { preset, ...moments };
  } else if (isPreset(preset)) {
    drop('from', 'to');
    return mayIncludeToday(preset) && first(raw.today) === 'included'
      ? { preset, withToday: true }
      : { preset };
  }
  drop('range', 'from', 'to');
  return { preset: PRESET_DEFAULT };
}

function comparisonOf(raw: Record<string, unknown>, drop: Drop): Comparison {
  const kind = first(raw.compare);
  if (kind === 'off' || kind === 'year') return { kind };
  const moments = kind === 'custom' ? momentsOf(raw, 'compare_from', 'compare_to') : null;
  if (moments) return { kind: 'custom', ...moments };
  drop('compare', 'compare_from', 'compare_to');
  return { kind: 'previous' };
}

const isoOf = (ms: number) => new Date(ms).toISOString();

/** The address of a view. Times are in UTC and the zone is always named, so that a link means the same anywhere. */
export function viewToSearch({ choice, zone, granularity, compare, filters }: View): ViewSearch {
  const search: ViewSearch = {};
  if (choice.preset !== PRESET_DEFAULT) search.range = choice.preset;
  if (choice.preset === 'custom') {
    search.from = isoOf(choice.fromMs);
    search.to = isoOf(choice.toMs);
  } else if (choice.withToday) search.today = 'included';
  search.tz = zone;
  if (granularity) search.by = granularity;
  if (compare.kind !== 'previous') search.compare = compare.kind;
  if (compare.kind === 'custom') {
    search.compare_from = isoOf(compare.fromMs);
    search.compare_to = isoOf(compare.toMs);
  }
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
