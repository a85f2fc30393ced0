import {
  type AggregateExportQuery,
  type AggregateRow,
  type AnyDimension,
  toCsv,
  toDecimal,
  zoneOffsetMs,
} from '@clickledger/contract';

const MINUTE_MS = 60_000;

/** A moment as ISO 8601 with the offset that a zone had then: "2026-11-27T00:00:00+05:30". */
export function isoInZone(ms: number, zone: string): string {
  const offsetMs = zoneOffsetMs(ms, zone);
  const minutes = Math.round(Math.abs(offsetMs) / MINUTE_MS);
  const offset = [Math.floor(minutes / 60), minutes % 60].map((n) => String(n).padStart(2, '0')).join(':');
  return `${new Date(ms + offsetMs).toISOString().slice(0, 19)}${offsetMs < 0 ? '-' : '+'}${offset}`;
}

/** The days that a range touches in a zone, for the name of a file: "2026-11-01-2026-11-24". */
export function daysOf(
  range: { start_time?: string | undefined; end_time?: string | undefined },
  zone: string,
): string {
  const day = (ms: number) => isoInZone(ms, zone).slice(0, 10);
  const days = [
    ...(range.start_time === undefined ? [] : [day(Date.parse(range.start_time))]),
    ...(range.end_time === undefined ? [] : [day(Date.parse(range.end_time) - 1)]),
  ];
  return days.join('-');
}

/** The name that somebody gave to a value of a dimension; null without one, and for dimensions that have none. */
export type NameOf = (dimension: AnyDimension, value: string) => string | null;

/** Figures as they stand in every row; the groups and what is said about them come between and after. */
const FIGURES = ['clicks', 'unique_users', 'fraud_count', 'billable_count', 'cost_micros'] as const;

/** What conversions are worth, a column each currency. */
const valueColumn = (currency: string) => `conversion_value_${currency}`;

/**
 * An aggregate as CSV: the API's fields under their names, then what people need beside them: the local time, names, the fraud
 * rate, and the cost in units of the currency; last the metrics that are asked for.
 *
 * @param named of the dimensions that are grouped by, those whose values have names
 */
export function aggregateCsv(
  rows: readonly AggregateRow[],
  query: Pick<AggregateExportQuery, 'group_by' | 'timezone' | 'metrics'>,
  named: readonly AnyDimension[],
  nameOf: NameOf,
  currency: string,
): string {
  const { group_by: groupBy = [], timezone: zone, metrics = [] } = query;
  const currencies = new Set(
    rows.flatMap((row) => (row.conversion_values ?? []).map((value) => value.currency)),
  );
  const nameColumn = (dimension: AnyDimension) => dimension.replace('_id', '_name');
  const columns = [
    ...['time_bucket', ...FIGURES, ...groupBy],
    ...[
      'clicks_without_visitor',
      'time_local',
      'time_zone',
      ...named.map(nameColumn),
      'fraud_rate',
      'cost',
      'currency',
    ],
    ...metrics.flatMap((metric) =>
      metric === 'conversion_values' ? [...currencies].sort().map(valueColumn) : [metric],
    ),
  ];
  const lines = rows.map((row) => {
    const { conversion_values: values = [], ...plain } = row;
    const line: Record<string, string | number | null | undefined> = { ...plain };
    for (const dimension of named) line[nameColumn(dimension)] = nameOf(dimension, row[dimension] ?? '');
    line.time_local = isoInZone(Date.parse(row.time_bucket), zone);
    line.time_zone = zone;
    // Without clicks there is no rate.
    line.fraud_rate =
      row.clicks > 0 ? Math.round((row.fraud_count / row.clicks) * 1_000_000) / 1_000_000 : null;
    line.cost = toDecimal({ micros: BigInt(row.cost_micros), currency });
    line.currency = currency;
    for (const { currency: ofCurrency, value } of values) line[valueColumn(ofCurrency)] = value;
    for (const name of ['cpa', 'spend', 'cpm', 'ecpc'] as const) {
      const micros = row[`${name}_micros`];
      if (micros !== undefined && micros !== null)
        line[name] = toDecimal({ micros: BigInt(micros), currency });
    }
    return line;
  });
  return toCsv(lines, columns);
}
