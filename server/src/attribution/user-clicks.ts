import type { ClickHouseClient } from '@clickhouse/client';
import { ATTRIBUTION_LIMITS, type ClickPlace } from './click-places.js';

/** Clicks of a user that are looked at for a conversion, the last ones: so many valid ones and so many flagged ones. */
const CLICKS_EACH = 3;

/** Clicks of one user that may have led to one conversion. */
export interface UserClicksQuestion {
  userId: string;
  /** Both included. */
  fromMs: number;
  toMs: number;
}

/**
 * The last clicks of users, each in a time of its own, as analytics has them now: by the place of the question, in no order. A verdict that
 * analytics does not have yet is not seen here; the ledger is asked for that.
 */
export async function lastClicksOfUsers(
  client: ClickHouseClient,
  tenantId: number,
  questions: readonly UserClicksQuestion[],
): Promise<ClickPlace[][]> {
  const found: ClickPlace[][] = questions.map(() => []);
  if (questions.length === 0) return found;
  const result = await client.query({
    query: `SELECT q.place AS place, clickId, batchId, receivedAtMs
      FROM (
        SELECT user_id, toString(click_id) AS clickId, batch_id AS batchId, toUnixTimestamp64Milli(received_at) AS receivedAtMs,
          toUnixTimestamp64Milli(clicked_at) AS clickedAtMs, argMax(is_fraudulent, revision) AS isFraudulent
        FROM click_events
        WHERE tenant_id = {tenant:UInt32} AND user_id IN {users:Array(String)} AND sign = 1 AND deferred = 0
          AND clicked_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND clicked_at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
        GROUP BY user_id, click_id, batch_id, received_at, clicked_at
      ) AS c
      INNER JOIN (
        SELECT arrayJoin(arrayZip({places:Array(UInt32)}, {users:Array(String)}, {froms:Array(Int64)}, {tos:Array(Int64)})) AS one,
          one.1 AS place, one.2 AS user_id, one.3 AS from_ms, one.4 AS to_ms
      ) AS q ON q.user_id = c.user_id
      WHERE clickedAtMs >= q.from_ms AND clickedAtMs <= q.to_ms
      ORDER BY clickedAtMs DESC, clickId DESC LIMIT ${CLICKS_EACH} BY place, isFraudulent`,
    query_params: {
      tenant: tenantId,
      places: questions.map((_, place) => place),
      users: questions.map(({ userId }) => userId),
      froms: questions.map(({ fromMs }) => fromMs),
      tos: questions.map(({ toMs }) => toMs),
      from: Math.min(...questions.map(({ fromMs }) => fromMs)),
      to: Math.max(...questions.map(({ toMs }) => toMs)),
    },
    format: 'JSONEachRow',
    clickhouse_settings: ATTRIBUTION_LIMITS,
  });
  for (const { place, ...click } of await result.json<ClickPlace & { place: number }>())
    found[place]?.push(click);
  return found;
}
