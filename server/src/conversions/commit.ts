import type pg from 'pg';
import {
  type AppendedConversion,
  appendConversions,
  type NewConversion,
} from '../ledger/append-conversions.js';
import { isRefusedRow } from '../ledger/refused-row.js';
import type { Database } from '../lib/sql.js';
import type { ConversionOutcome, ConversionSubmission } from './conversion.js';
import { outsideWindow, REFUSED_BY_LEDGER } from './refusals.js';

const DAY_MS = 86_400_000;
/** Of an action that nobody has set up: as `conversion_actions` has it by default. */
const WINDOW_DAYS = 30;

/** The request whose conversions PostgreSQL refuses, and why. */
export interface RefusedSubmission {
  submission: ConversionSubmission;
  error: unknown;
}

export interface Committed {
  /** Of each request, in order; absent for those that were refused. */
  outcomes: Map<ConversionSubmission, ConversionOutcome[]>;
  refused: RefusedSubmission[];
}

/**
 * Commits the conversions of requests in one transaction. A row that PostgreSQL refuses would fail the requests of all tenants: then they
 * are committed one by one, and the others are kept.
 *
 * @throws whatever else PostgreSQL says: any of them may then be stored or not
 */
export async function commitConversions(
  pool: pg.Pool,
  submissions: readonly ConversionSubmission[],
  nowMs: number,
): Promise<Committed> {
  const committed: Committed = { outcomes: new Map(), refused: [] };
  const windows = await readWindows(pool, submissions, nowMs);
  const commit = async (some: readonly ConversionSubmission[]) => {
    const appended = await append(pool, some, windows, nowMs);
    for (const [submission, outcomes] of appended) committed.outcomes.set(submission, outcomes);
  };
  try {
    await commit(submissions);
    return committed;
  } catch (error) {
    if (!isRefusedRow(error)) throw error;
  }
  for (const submission of submissions)
    try {
      await commit([submission]);
    } catch (error) {
      if (!isRefusedRow(error)) throw error;
      committed.refused.push({ submission, error });
    }
  return committed;
}

/** Stores those that lie within their windows. */
async function append(
  pool: pg.Pool,
  submissions: readonly ConversionSubmission[],
  windows: ReadonlyMap<string, number>,
  nowMs: number,
): Promise<Map<ConversionSubmission, ConversionOutcome[]>> {
  const rows: NewConversion[] = [];
  const wrongOf = (submission: ConversionSubmission, i: number) => {
    const { action, convertedAtMs, isImport } = submission.conversions[
      i
    ] as (typeof submission.conversions)[0];
    if (isImport || convertedAtMs >= nowMs - DAY_MS) return null;
    const days = windows.get(keyOf(submission.tenantId, action)) ?? WINDOW_DAYS;
    return convertedAtMs < nowMs - days * DAY_MS ? outsideWindow(days) : null;
  };
  const wrongs = submissions.map((submission) =>
    submission.conversions.map((conversion, i) => {
      const wrong = wrongOf(submission, i);
      const { tenantId, source, madeBy } = submission;
      if (!wrong) rows.push({ ...conversion, tenantId, source, madeBy });
      return wrong;
    }),
  );
  const appended = rows.length === 0 ? [] : await appendConversions(pool, rows, nowMs);
  let next = 0;
  return new Map(
    submissions.map((submission, i) => [
      submission,
      (wrongs[i] ?? []).map((wrong) =>
        wrong ? { wrong } : toOutcome(appended[next++] as AppendedConversion),
      ),
    ]),
  );
}

const toOutcome = ({ conversionId, isDuplicate, refusal }: AppendedConversion): ConversionOutcome =>
  refusal === null ? { conversionId, isDuplicate } : { wrong: REFUSED_BY_LEDGER[refusal] };

const keyOf = (tenantId: number, action: string) => `${tenantId}\n${action}`;

/** The window of each action that has a conversion older than the shortest window there is, in days. */
async function readWindows(
  database: Database,
  submissions: readonly ConversionSubmission[],
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const asked = new Map<string, { tenantId: number; action: string }>();
  for (const { tenantId, conversions } of submissions)
    for (const { action, convertedAtMs, isImport } of conversions)
      if (!isImport && convertedAtMs < nowMs - DAY_MS)
        asked.set(keyOf(tenantId, action), { tenantId, action });
  if (asked.size === 0) return new Map();
  const pairs = [...asked.values()];
  const { rows } = await database.query<{ tenantId: number; action: string; days: number }>(
    `SELECT a.tenant_id AS "tenantId", a.action, greatest(a.click_window_days, a.user_window_days) AS days
     FROM unnest($1::integer[], $2::text[]) AS i (tenant_id, action) JOIN conversion_actions a USING (tenant_id, action)`,
    [pairs.map(({ tenantId }) => tenantId), pairs.map(({ action }) => action)],
  );
  return new Map(rows.map(({ tenantId, action, days }) => [keyOf(tenantId, action), days]));
}
