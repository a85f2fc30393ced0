import { createHash } from 'node:crypto';
import { parse } from 'node:querystring';
import { AggregateQuery, GRANULARITIES, type Granularity, StreamView } from '@clickledger/contract';
import { z } from 'zod';
import { previousRange, type Range, resolveRange } from './resolve-range.js';

/** What a viewer looks at: a question that is asked again and again, its range resolved each time. */
export interface View {
  /** Whose figures. */
  tenantId: number;
  /** The same for everybody of the tenant who asks the same. */
  key: string;
  /** The fields of an answer that its readers get; null: all. */
  fields: readonly string[] | null;
  /** The question as it is to be asked at this moment. */
  queryAt(nowMs: number): AggregateQuery;
}

/**
 * A view from its query string.
 *
 * @param narrow what its caller may see of the question; views that are narrowed otherwise are others
 * @param fields what its caller may see of an answer; null: all. Views with other fields are others
 * @throws `ZodError` that names what is wrong, as for `GET /analytics/aggregate`
 */
export function parseView(
  tenantId: number,
  text: string,
  nowMs: number,
  narrow: (query: AggregateQuery) => AggregateQuery = (query) => query,
  fields: readonly string[] | null = null,
): View {
  const given = StreamView.parse({ ...parse(text, '&', '=', { maxKeys: 200 }) });
  const { range, compare, ...rest } = given;
  if (range !== undefined && ('start_time' in rest || 'end_time' in rest))
    throw new z.ZodError([
      { code: 'custom', path: ['range'], message: 'Not with start_time and end_time', input: text },
    ]);
  const queryAt = (atMs: number): AggregateQuery => narrow(wholeAt(atMs));
  const wholeAt = (atMs: number): AggregateQuery => {
    if (range === undefined && compare === undefined) return AggregateQuery.parse(rest);
    const fields: Record<string, unknown> = rest;
    let asked: Range;
    if (range !== undefined) asked = resolveRange(range, atMs, granularityOf(fields), zoneOf(fields));
    else {
      const { start_time, end_time } = AggregateQuery.parse(rest);
      asked = { startMs: Date.parse(start_time), endMs: Date.parse(end_time) };
    }
    if (compare === 'previous') asked = previousRange(asked);
    return AggregateQuery.parse({
      ...rest,
      start_time: new Date(asked.startMs).toISOString(),
      end_time: new Date(asked.endMs).toISOString(),
    });
  };
  const { advertiser_id: advertisers } = queryAt(nowMs); // refuses now what would fail later
  const canonical = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = createHash('sha256')
    .update(JSON.stringify([tenantId, canonical, advertisers, fields]))
    .digest('base64url')
    .slice(0, 16);
  return { tenantId, key, fields, queryAt };
}

/** The granularity that `AggregateQuery` will see; anything else is refused there. */
function granularityOf(fields: Record<string, unknown>): Granularity {
  const given = fields.granularity ?? 'hour';
  return GRANULARITIES.find((name) => name === given) ?? 'hour';
}

/** The time zone likewise: an unknown one is refused by `AggregateQuery`, with its name, not here. */
function zoneOf(fields: Record<string, unknown>): string {
  const zone = fields.timezone;
  if (typeof zone !== 'string') return 'UTC';
  const check = AggregateQuery.safeParse({
    start_time: '2026-01-01T00:00:00Z',
    end_time: '2026-01-02T00:00:00Z',
    timezone: zone,
  });
  return check.success ? zone : 'UTC';
}
