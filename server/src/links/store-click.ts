import type { Click } from '../click/click.js';
import type { Ingest } from '../ingest/ingest.js';
import { Refused } from '../ingest/submission.js';
import type { ClickJournal } from './journal/click-journal.js';

/** A full disk or one that hangs keeps nobody waiting for longer than this, in milliseconds. */
const JOURNAL_WAIT_MS_MAX = 1_000;

/**
 * Stores the click of a redirect. Resolves when the redirect may be answered: the click is committed, or in the journal, or nothing can
 * keep it. Never rejects.
 */
export type StoreClick = (click: Click, requestId: string) => Promise<void>;

/**
 * A browser does not retry: a click that is not committed within `waitMs` is written to the journal before it is answered. Its commit goes
 * on meanwhile; should it come about after all, the journal is told, and the ids decide in any case.
 *
 *     submit ──within waitMs──▶ committed ─────────────────────────▶ answer
 *        │ no, or refused
 *        └─────▶ journal ──fsynced──▶ answer, replayed until committed
 *                   │ full, or its disk fails
 *                   └─────▶ answer; lost, unless the commit comes about
 */
export function makeStoreClick(ingest: Ingest, journal: ClickJournal, waitMs: number): StoreClick {
  return (click, requestId) =>
    new Promise((resolve) => {
      const commit = ingest.submit({
        tenantId: click.tenantId,
        idempotency: null,
        clicks: [click],
        requestId,
      });
      let isKept: Promise<boolean> | null = null;
      const keep = () => {
        const kept = journal.keep(click, commit);
        isKept = kept;
        const limit = setTimeout(resolve, JOURNAL_WAIT_MS_MAX);
        void kept.then(() => {
          clearTimeout(limit);
          resolve();
        });
      };
      const timer = setTimeout(keep, waitMs);
      commit.then(
        () => {
          clearTimeout(timer);
          resolve();
        },
        (error: unknown) => {
          clearTimeout(timer);
          if (error instanceof Refused && isNeverStored(error)) {
            journal.lost('refused');
            resolve();
          } else if (isKept === null) keep();
        },
      );
    });
}

/** The ledger has said no to the click itself: to send it again helps nobody. */
export const isNeverStored = ({ reason }: Refused): boolean =>
  reason === 'not_storable' || reason === 'ledger_refused';
