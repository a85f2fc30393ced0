import type { ClickHouseClient } from '@clickhouse/client';
import { LOOK_BACK_NAMES, type LookBackRule, type RuleSettings } from '@clickledger/contract';
import type pg from 'pg';
import { countClicks } from '../../analytics/counts.js';
import { type AdjustedClick, appendAdjustments, noteRun, type Run } from '../../ledger/adjustments.js';
import { VERSION_KEY } from '../judge.js';
import { ask, canSlice, FINDERS, RANGE_SQL, type Range, SUBJECT_SQL, type Subject } from './find.js';
import { allSlices, type Slice, sliceOfTurn } from './slices.js';

/** Most clicks that one rule judges in one slice; the next run goes on with the others. */
export const CLICKS_MAX = 200_000;
/** Clicks in one transaction of adjustments. */
const BATCH_CLICKS_MAX = 1_000;
const MINUTE_MS = 60_000;

export interface LookBackParts {
  pool: pg.Pool;
  client: ClickHouseClient;
  now: () => number;
  /** Clicks for each slice of the subjects, if other than usual. */
  sliceClicks?: number;
}

export interface RulesOfTenant {
  version: number;
  settings: RuleSettings;
}

export interface LookBackTarget {
  tenantId: number;
  /** Null: up to now; without `fromMs`: as far back as each rule's own window. */
  range: { fromMs?: number; toMs: number } | null;
  /**
   * Which run of a series this is, where one comes each minute: of many clicks each looks at another share of the subjects
   * (slices.ts). Without: at all of them, now.
   */
  turn?: number;
  ranBy: string;
}

/**
 * Lets every rule that looks back judge a tenant's clicks. What it finds and is not flagged yet becomes an adjustment, so
 * that the same found again changes nothing; a rule in shadow mode is only counted.
 */
export async function runLookBack(
  parts: LookBackParts,
  { version, settings }: RulesOfTenant,
  target: LookBackTarget,
  rules: readonly LookBackRule[] = LOOK_BACK_NAMES,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (const rule of rules) {
    const { state, window_minutes } = settings[rule];
    if (state === 'off') continue;
    const toMs = target.range?.toMs ?? parts.now();
    const fromMs = target.range?.fromMs ?? toMs - window_minutes * MINUTE_MS;
    const range = { tenantId: target.tenantId, fromMs, toMs };
    const isShadow = state === 'shadow';
    const found = { subjects: 0, clicks: 0, adjusted: 0 };
    const inRange = await countClicks(parts.client, range);
    // Slice by slice to the end: what is named at once, and asked for by name, stays small.
    for (const slice of slicesFor(rule, inRange, window_minutes, target.turn, parts)) {
      const subjects = await FINDERS[rule](parts.client, range, settings, slice);
      if (subjects.length === 0) continue;
      const clicks = await clicksOf(parts.client, rule, range, subjects, version);
      found.subjects += subjects.length;
      found.clicks += clicks.length;
      if (!isShadow) found.adjusted += await adjust(parts, target.tenantId, version, rule, clicks);
    }
    if (found.subjects === 0) continue;
    // What was found and adjusted before is no news.
    if (!isShadow && found.adjusted === 0) continue;
    const run: Run = {
      rule,
      rules_version: version,
      is_shadow: isShadow,
      from_time: new Date(fromMs).toISOString(),
      to_time: new Date(toMs).toISOString(),
      ...found,
      ran_at: new Date(parts.now()).toISOString(),
      ran_by: target.ranBy,
    };
    await noteRun(parts.pool, target.tenantId, run);
    runs.push(run);
  }
  return runs;
}

/** The slices of the subjects to look at: one of them in a turn, or none, else all. */
function slicesFor(
  rule: LookBackRule,
  clicks: number,
  windowMinutes: number,
  turn: number | undefined,
  { sliceClicks }: LookBackParts,
): Slice[] {
  if (turn === undefined) return allSlices(canSlice(rule) ? clicks : 0, sliceClicks);
  const offset = LOOK_BACK_NAMES.indexOf(rule);
  const slice = sliceOfTurn(turn, clicks, { windowMinutes, canSlice: canSlice(rule), offset, sliceClicks });
  return slice ? [slice] : [];
}

/** The clicks of the subjects that came in unflagged. */
async function clicksOf(
  client: ClickHouseClient,
  rule: LookBackRule,
  range: Range,
  subjects: readonly Subject[],
  version: number,
): Promise<AdjustedClick[]> {
  const evidence = new Map(
    subjects.map((one) => [one.value, JSON.stringify({ [rule]: one.evidence, [VERSION_KEY]: version })]),
  );
  const rows = await ask<{ value: string; click_id: string; batch_id: number; received_at_ms: number }>(
    client,
    `SELECT ${SUBJECT_SQL[rule].value} AS value, click_id, batch_id, toUnixTimestamp64Milli(received_at) AS received_at_ms
     FROM click_events WHERE ${RANGE_SQL} AND is_fraudulent = 0 AND ${SUBJECT_SQL[rule].isOneOf}
     ORDER BY clicked_at, click_id LIMIT ${CLICKS_MAX}`,
    range,
    { values: [...evidence.keys()] },
  );
  return rows.map((row) => ({
    clickId: row.click_id,
    batchId: row.batch_id,
    receivedAtMs: row.received_at_ms,
    reason: rule,
    evidence: evidence.get(row.value) ?? '',
  }));
}

async function adjust(
  { pool, now }: LookBackParts,
  tenantId: number,
  rulesVersion: number,
  rule: LookBackRule,
  clicks: readonly AdjustedClick[],
): Promise<number> {
  let adjusted = 0;
  for (let i = 0; i < clicks.length; i += BATCH_CLICKS_MAX)
    adjusted += await appendAdjustments(pool, {
      tenantId,
      madeAtMs: now(),
      madeBy: rule,
      rulesVersion,
      isFraudulent: true,
      clicks: clicks.slice(i, i + BATCH_CLICKS_MAX),
    });
  return adjusted;
}
