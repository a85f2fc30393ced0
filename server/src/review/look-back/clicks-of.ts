import type { ClickHouseClient } from '@clickhouse/client';
import type { LookBackRule } from '@clickledger/contract';
import { ALLOWED_MARK, VERSION_KEY } from '../../fraud/judge.js';
import type { AdjustedClick } from '../adjustments.js';
import { ask, RANGE_SQL, type Range, SUBJECT_SQL, type Subject, UNTOUCHED_SQL } from './find.js';

/** A click to be flagged, and what of it an allow list can name. */
export interface FoundClick extends AdjustedClick {
  userId: string;
  userAgent: string;
  referrer: string;
}

interface Asked {
  rule: LookBackRule;
  /** Of the rules. */
  version: number;
  range: Range;
  subjects: readonly Subject[];
  clicksPerPage: number;
}

interface Row {
  value: string;
  click_id: string;
  batch_id: number;
  received_at_ms: number;
  clicked_at_ms: number;
  user_id: string;
  user_agent: string;
  referrer: string;
}

/**
 * The clicks of the subjects that came in unflagged and are so still, without those that an allow entry let pass; page by page, all
 * of them.
 */
export async function* clicksOf(
  client: ClickHouseClient,
  { rule, version, range, subjects, clicksPerPage }: Asked,
): AsyncGenerator<FoundClick[]> {
  const evidence = new Map(
    subjects.map((one) => [one.value, JSON.stringify({ [rule]: one.evidence, [VERSION_KEY]: version })]),
  );
  let last: Row | undefined;
  do {
    const rows: Row[] = await ask<Row>(
      client,
      `SELECT ${SUBJECT_SQL[rule].value} AS value, click_id, batch_id, toUnixTimestamp64Milli(received_at) AS received_at_ms,
         toUnixTimestamp64Milli(clicked_at) AS clicked_at_ms, user_id, user_agent, referrer
       FROM click_events WHERE ${RANGE_SQL} AND ${SUBJECT_SQL[rule].isOneOf} AND ${UNTOUCHED_SQL}
         AND NOT startsWith(fraud_evidence, {allowed:String})
         ${last ? `AND clicked_at >= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC') AND (clicked_at > fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC') OR click_id > {after_id:UUID})` : ''}
       ORDER BY clicked_at, click_id LIMIT {clicks:UInt32}`,
      range,
      {
        values: [...evidence.keys()],
        allowed: ALLOWED_MARK,
        clicks: clicksPerPage,
        ...(last ? { after_ms: last.clicked_at_ms, after_id: last.click_id } : {}),
      },
    );
    yield rows.map((row) => ({
      clickId: row.click_id,
      batchId: row.batch_id,
      receivedAtMs: row.received_at_ms,
      reason: rule,
      evidence: evidence.get(row.value) ?? '',
      userId: row.user_id,
      userAgent: row.user_agent,
      referrer: row.referrer,
    }));
    last = rows.length < clicksPerPage ? undefined : rows.at(-1);
  } while (last);
}
