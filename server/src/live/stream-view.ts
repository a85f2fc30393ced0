import { createHash } from 'node:crypto';
import { parse } from 'node:querystring';
import { AggregateParameters, type AggregateQuery, aggregateQueryAt } from '@clickledger/contract';

/** What a viewer looks at: a question that is asked again and again, its range resolved each time. */
export interface View {
  /** Whose figures. */
  tenantId: number;
  /** The same for everybody of the tenant who asks the same. */
  key: string;
  /** The fields of an answer that its readers get; null: all. */
  fields: readonly string[] | null;
  /** The question as it is to be asked at this moment. Throws `ZodError` when its range has grown over what may be asked. */
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
  const given = { ...parse(text, '&', '=', { maxKeys: 200 }) };
  const parameters = AggregateParameters.parse(given);
  const queryAt = (atMs: number) => narrow(aggregateQueryAt(parameters, atMs));
  const { advertiser_id: advertisers } = queryAt(nowMs); // refuses now what would fail later
  const canonical = Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = createHash('sha256')
    .update(JSON.stringify([tenantId, canonical, advertisers, fields]))
    .digest('base64url')
    .slice(0, 16);
  return { tenantId, key, fields, queryAt };
}
