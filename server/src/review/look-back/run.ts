import type { ClickHouseClient } from '@clickhouse/client';
import { LOOK_BACK_NAMES, type LookBackRule, type RuleSettings } from '@clickledger/contract';
import type pg from 'pg';
import { countClicks } from '../../analytics/queries/counts.js';
import { cutToLists } from '../../analytics/queries/list-parameter.js';
import { Rollups } from '../../analytics/queries/rollups.js';
import { readMarks } from '../../ledger/folds.js';
import { appendAdjustments, noteRun, type Run } from '../adjustments.js';
import { clicksOf, type FoundClick } from './clicks-of.js';
import { type Cursor, canSlice, FINDERS, type Range, SUBJECTS_PER_PAGE } from './find.js';
import { allSlices, type Slice, sliceOfTurn } from './slices.js';
import { stillAllowed } from './still-allowed.js';

/** Clicks in one transaction of adjustments. */
const BATCH_CLICKS_MAX = 1_000;
const MINUTE_MS = 60_000;

/** How much at once. What is beyond a page is found by the next one, what is beyond a turn by the next turn. */
export interface LookBackLimits {
  /** Clicks for each slice of the subjects. */
  sliceClicks?: number;
  /** Subjects that are asked for at once. */
  subjectsPerPage?: number;
  /** Clicks of them that are asked for at once. */
  clicksPerPage?: number;
  /** Clicks that a rule flags in a turn before it leaves the others to the next: no tenant shall keep those after it waiting. */
  clicksPerTurn?: number;
}

const CLICKS_PER_PAGE = 50_000;
export const CLICKS_PER_TURN = 200_000;

export interface LookBackParts extends LookBackLimits {
  pool: pg.Pool;
  client: ClickHouseClient;
  now: () => number;
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
   * (slices.ts), and stops at `clicksPerTurn`. Without: at all of them, now.
   */
  turn?: number;
  ranBy: string;
  /** Clicks in a range; several runs of one turn share it. Without: each run asks for itself. */
  countIn?: CountIn;
}

type CountIn = (range: Range) => Promise<number>;

/** Asks how many clicks a range holds, once for rules that look at the same range. */
export function countOnce({ pool, client }: Pick<LookBackParts, 'pool' | 'client'>): CountIn {
  const rollups = Rollups.from(() => readMarks(pool));
  const asked = new Map<string, Promise<number>>();
  return (range) => {
    const key = JSON.stringify([range.tenantId, range.fromMs, range.toMs]);
    const count = asked.get(key) ?? countClicks(client, range, rollups);
    asked.set(key, count);
    // The next rule asks again.
    count.catch(() => asked.delete(key));
    return count;
  };
}

/**
 * Lets every rule that looks back judge a tenant's clicks. What it finds and is not flagged yet becomes an adjustment, so
 * that the same found again changes nothing; a rule in shadow mode is only counted. Clicks of somebody on the allow list are left
 * alone, and so are those that a person has judged.
 */
export async function runLookBack(
  parts: LookBackParts,
  { version, settings }: RulesOfTenant,
  target: LookBackTarget,
  rules: readonly LookBackRule[] = LOOK_BACK_NAMES,
): Promise<Run[]> {
  const runs: Run[] = [];
  const { countIn = countOnce(parts) } = target;
  const nowMs = parts.now();
  for (const rule of rules) {
    const { state, window_minutes } = settings[rule];
    if (state === 'off') continue;
    const toMs = target.range?.toMs ?? nowMs;
    const fromMs = target.range?.fromMs ?? toMs - window_minutes * MINUTE_MS;
    const range = { tenantId: target.tenantId, fromMs, toMs };
    const isShadow = state === 'shadow';
    const inRange = await countIn(range);
    const found: Found = { subjects: 0, clicks: 0, adjusted: 0 };
    // Slice by slice to the end: what is named at once, and asked for by name, stays small.
    for (const slice of slicesFor(rule, inRange, window_minutes, target.turn, parts))
      await judgeSlice(parts, { rule, version, settings, range, slice, isShadow, turn: target.turn }, found);
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

type Found = Pick<Run, 'subjects' | 'clicks' | 'adjusted'>;

interface SliceTask {
  rule: LookBackRule;
  version: number;
  settings: RuleSettings;
  range: Range;
  slice: Slice;
  isShadow: boolean;
  turn: number | undefined;
}

/** Judges a slice of a rule's subjects, page by page, and adds up in `found` what there was. */
async function judgeSlice(parts: LookBackParts, task: SliceTask, found: Found): Promise<void> {
  const { subjectsPerPage = SUBJECTS_PER_PAGE, clicksPerPage = CLICKS_PER_PAGE } = parts;
  const turnMax = task.turn === undefined ? Infinity : (parts.clicksPerTurn ?? CLICKS_PER_TURN);
  const { rule, version, settings, range, slice, isShadow } = task;
  let isAllowed: ((click: FoundClick) => boolean) | undefined;
  let after: Cursor | null = null;
  do {
    const asked = { slice, after, subjectsMax: subjectsPerPage, unflaggedOnly: !isShadow };
    const { subjects, next } = await FINDERS[rule](parts.client, range, settings, asked);
    found.subjects += subjects.length;
    for (const some of cutToLists(subjects, ({ value }) => value))
      for await (const page of clicksOf(parts.client, {
        rule,
        version,
        range,
        subjects: some,
        clicksPerPage,
      })) {
        isAllowed ??= await stillAllowed(parts.pool, range.tenantId, parts.now());
        const clicks = page.filter((click) => !isAllowed?.(click));
        found.clicks += clicks.length;
        if (!isShadow) found.adjusted += await adjust(parts, range.tenantId, version, rule, clicks);
        if (found.adjusted >= turnMax) return;
      }
    after = next;
  } while (after !== null);
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

async function adjust(
  { pool, now }: LookBackParts,
  tenantId: number,
  rulesVersion: number,
  rule: LookBackRule,
  clicks: readonly FoundClick[],
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
