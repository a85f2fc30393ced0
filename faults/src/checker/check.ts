import { markerOf } from '../clients/operations.js';
import type { History } from '../history.js';
import { Findings } from './findings.js';
import type { Stored, StoredClick } from './stored.js';

/** Holds what the stores have against what the clients did and heard. */
export function check(history: History, stored: Stored): Findings {
  const findings = new Findings();
  checkLedger(history, stored.ledger, findings);
  checkReplies(history, stored.ledger, findings);
  checkWholeBatches(history, stored.ledger, findings);
  for (const what of stored.wrongBatches) findings.add('sums of the ledger are wrong', what);
  for (const what of stored.differences) findings.add('reconciliation found a difference', what);
  checkCopy('analytics, raw', stored.ledger, stored.raw, findings);
  checkCopy(
    'analytics, flagged',
    stored.ledger.filter((click) => click.reasons !== ''),
    stored.flagged,
    findings,
  );
  checkRollups(stored, findings);
  for (const { table, rollup, raw } of stored.users)
    if (rollup !== raw) findings.add('unique users differ', `${table} has ${rollup}, the raw clicks ${raw}`);
  return findings;
}

function byMarker(clicks: readonly StoredClick[]): Map<string | null, StoredClick[]> {
  const groups = new Map<string | null, StoredClick[]>();
  for (const click of clicks) {
    const marker = markerOf(click.marker);
    const group = groups.get(marker);
    if (group) group.push(click);
    else groups.set(marker, [click]);
  }
  return groups;
}

/** Every acknowledged click exactly once, every other one at most once, and none that was not sent. */
function checkLedger(history: History, ledger: readonly StoredClick[], findings: Findings): void {
  const stored = byMarker(ledger);
  for (const [marker, clicks] of stored) {
    if (marker === null || !history.clicks.has(marker))
      findings.add('a click that nobody sent', clicks[0]?.clickId ?? '');
    if (clicks.length > 1)
      findings.add('a click stored twice in the ledger', `${marker}: ${clicks.length} rows`);
  }
  for (const [marker, click] of history.clicks)
    if (click.answers.length > 0 && !stored.has(marker))
      findings.add(
        'an acknowledged click is lost',
        `${marker}, acknowledged as ${click.answers[0]?.clickId}`,
      );
}

/** Whatever is said of a click is what is stored, is said again the same, and it is new once. */
function checkReplies(history: History, ledger: readonly StoredClick[], findings: Findings): void {
  const stored = byMarker(ledger);
  for (const [marker, { answers }] of history.clicks) {
    const [row] = stored.get(marker) ?? [];
    for (const answer of answers) {
      if (row && answer.clickId !== row.clickId)
        findings.add('an answer names another id', `${marker}: ${answer.clickId}, stored as ${row.clickId}`);
      if (row && answer.isFraudulent !== null && answer.isFraudulent !== row.isFraudulent)
        findings.add('an answer gives another verdict', `${marker}: ${answer.isFraudulent}`);
    }
    const fresh = answers.filter(({ status, isDuplicate }) => status === 202 && !isDuplicate).length;
    if (fresh > 1) findings.add('a click was accepted as new twice', `${marker}: ${fresh} times`);
  }
}

/** A request is one transaction: all of its clicks or none. */
function checkWholeBatches(history: History, ledger: readonly StoredClick[], findings: Findings): void {
  const stored = byMarker(ledger);
  for (const { clicks } of history.operations) {
    const there = clicks.filter(({ marker }) => stored.has(marker)).length;
    // One that came before in another request may be there alone.
    const alone = clicks.filter(({ marker, answers }) => !stored.has(marker) || answers.length === 0).length;
    if (there > 1 && there < clicks.length && alone === clicks.length)
      findings.add(
        'a request is stored in part',
        `${there} of ${clicks.length} clicks, from ${clicks[0]?.marker} on`,
      );
  }
}

const textOf = ({ clickId, marker, isFraudulent, clickedAtMs, costMicros }: StoredClick) =>
  `${clickId} ${marker} ${isFraudulent ? 'flagged' : 'clean'} ${Math.round(clickedAtMs)} ${costMicros}`;

/** The same clicks in both, each as often. */
function checkCopy(
  name: string,
  ledger: readonly StoredClick[],
  copy: readonly StoredClick[],
  findings: Findings,
): void {
  const balance = new Map<string, number>();
  for (const click of ledger) balance.set(textOf(click), (balance.get(textOf(click)) ?? 0) + 1);
  for (const click of copy) balance.set(textOf(click), (balance.get(textOf(click)) ?? 0) - 1);
  for (const [text, left] of balance) {
    if (left > 0) findings.add(`${name}: a click of the ledger is missing`, text);
    if (left < 0) findings.add(`${name}: a click too many`, text);
  }
}

const BUCKET_MS: Record<string, number> = {
  clicks_by_minute: 60_000,
  clicks_by_hour: 3_600_000,
  clicks_by_day: 86_400_000,
};
/** Groupings of each rollup: all clicks, and by one dimension each; the hours have pairs as well. */
const GROUPINGS_MIN = 9;

/** Every bucket of every grouping of every rollup counts the ledger's clicks of that time. */
function checkRollups({ ledger, adjustments, rollups, filled }: Stored, findings: Findings): void {
  for (const [table, bucketMs] of Object.entries(BUCKET_MS)) {
    if (!filled.includes(table)) continue;
    const expected = new Map<number, { clicks: number; fraud: number }>();
    for (const { clickedAtMs, isFraudulent } of ledger) {
      const bucket = Math.floor(clickedAtMs / bucketMs) * bucketMs;
      const sum = expected.get(bucket) ?? { clicks: 0, fraud: 0 };
      sum.clicks++;
      if (isFraudulent) sum.fraud++;
      expected.set(bucket, sum);
    }
    for (const { countsAtMs, fraud } of adjustments) {
      const bucket = Math.floor(countsAtMs / bucketMs) * bucketMs;
      const sum = expected.get(bucket) ?? { clicks: 0, fraud: 0 };
      sum.fraud += fraud;
      expected.set(bucket, sum);
    }
    const groupings = groupBy(
      rollups.filter((row) => row.table === table),
      (row) => row.dimensions,
    );
    if (ledger.length > 0 && groupings.size < GROUPINGS_MIN)
      findings.add('a rollup lacks groupings', `${table} has ${groupings.size}`);
    for (const [dimensions, rows] of groupings) {
      const where = `${table}, grouping ${dimensions}`;
      const found = new Map(rows.map((row) => [row.bucketMs, row]));
      for (const bucket of new Set([...expected.keys(), ...found.keys()])) {
        const [is, should] = [found.get(bucket), expected.get(bucket)];
        if ((is?.clicks ?? 0) !== (should?.clicks ?? 0) || (is?.fraud ?? 0) !== (should?.fraud ?? 0))
          findings.add(
            'a rollup counts otherwise than the ledger',
            `${where}, ${new Date(bucket).toISOString()}: ${is?.clicks ?? 0} clicks, ${is?.fraud ?? 0} flagged; ` +
              `the ledger has ${should?.clicks ?? 0} and ${should?.fraud ?? 0}`,
          );
      }
    }
  }
}

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}
