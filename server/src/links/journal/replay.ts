import type pg from 'pg';
import type { Click } from '../../click/click.js';
import type { Ingest } from '../../ingest/ingest.js';
import { Refused } from '../../ingest/submission.js';
import type { Background } from '../../lib/background.js';
import { errorFields, type Log } from '../../lib/log.js';
import { isNeverStored } from '../store-click.js';
import type { ClickJournal } from './click-journal.js';
import { clicksIn } from './line.js';
import type { Segment } from './segment.js';

const EVERY_MS = 1_000;
/** Most clicks that go to the ledger at once. */
const BATCH_MAX = 500;
/** A clock may have been set back, and a click is received a moment after its time. */
const MARGIN_MS = 3_600_000;
const TASK = {
  name: 'click journal replay',
  failure: 'clicks of redirects wait in the journal; they are brought to the ledger later',
};

export interface ReplayParts {
  journal: ClickJournal;
  ingest: Ingest;
  /** For a look through the clicks of days. */
  slowPool: pg.Pool;
  /** Ids of clicks that are older may be forgotten: these are looked for among the clicks. */
  dedupWindowMs: number;
  background: Background;
  log: Log;
  now: () => number;
}

/**
 * Brings the clicks of the journal to the ledger, oldest first, and removes their segments. The ids make it exactly once: whatever the
 * ledger has is not stored again, however often a crash has it sent.
 */
export function keepReplaying(parts: ReplayParts): void {
  parts.background.every(TASK, { everyMs: EVERY_MS, firstMs: 0 }, async (signal) => {
    if (parts.journal.state.bytes === 0) return;
    for (const segment of await parts.journal.sealAll()) {
      if (signal.aborted) return;
      await replaySegment(parts, segment);
    }
  });
}

/** @throws while the ledger is away; then the segment stays, and is replayed again from its beginning */
async function replaySegment(parts: ReplayParts, segment: Segment): Promise<void> {
  const { journal, log } = parts;
  await Promise.all(segment.inFlight);
  const { clicks, damaged } = clicksIn(await segment.read());
  const left = clicks.filter(({ clickId }) => !segment.settled.has(clickId));
  const known = await knownOld(parts, left);
  const missing = left.filter(({ clickId }) => !known.has(clickId));
  for (const ofTenant of byTenant(missing))
    for (let i = 0; i < ofTenant.length; i += BATCH_MAX)
      await submit(parts, ofTenant.slice(i, i + BATCH_MAX));
  await journal.remove(segment);
  journal.replayed(missing.length);
  if (damaged === 0) return;
  journal.lost('corrupt', damaged);
  log.error({ damaged, path: segment.path }, 'lines of the click journal are damaged; their clicks are lost');
}

/** Together, and one by one when the ledger refuses one of them. */
async function submit(parts: ReplayParts, clicks: readonly Click[]): Promise<void> {
  const { ingest, journal, log } = parts;
  try {
    await ingest.submit({ tenantId: clicks[0]?.tenantId ?? 0, idempotency: null, clicks });
  } catch (error) {
    if (!(error instanceof Refused) || !isNeverStored(error)) throw error;
    if (clicks.length > 1) {
      for (const click of clicks) await submit(parts, [click]);
      return;
    }
    journal.lost('refused');
    log.error(
      { clickId: clicks[0]?.clickId, ...errorFields(error) },
      'the ledger refuses a click of the journal',
    );
  }
}

function byTenant(clicks: readonly Click[]): Click[][] {
  const groups = new Map<number, Click[]>();
  for (const click of clicks) {
    const group = groups.get(click.tenantId);
    if (group) group.push(click);
    else groups.set(click.tenantId, [click]);
  }
  return [...groups.values()];
}

/** Of clicks whose ids the ledger may have forgotten, those that it has: it is looked through for them, which may take long. */
async function knownOld(
  { slowPool, dedupWindowMs, now }: ReplayParts,
  clicks: readonly Click[],
): Promise<ReadonlySet<string>> {
  const surelyKnownSinceMs = now() - dedupWindowMs + MARGIN_MS;
  const old = clicks.filter(({ clickedAtMs }) => clickedAtMs < surelyKnownSinceMs);
  if (old.length === 0) return new Set();
  const { rows } = await slowPool.query<{ click_id: string }>(
    `SELECT click_id FROM click_events
     WHERE click_id = ANY ($1) AND tenant_id = ANY ($2) AND received_at >= to_timestamp($3 / 1000.0)`,
    [
      old.map(({ clickId }) => clickId),
      [...new Set(old.map(({ tenantId }) => tenantId))],
      old.reduce((first, { clickedAtMs }) => Math.min(first, clickedAtMs), Number.POSITIVE_INFINITY) -
        MARGIN_MS,
    ],
  );
  return new Set(rows.map(({ click_id }) => click_id));
}
