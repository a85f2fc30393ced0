import { sleep } from '@clickledger/server/lib/backoff.js';
import pg from 'pg';
import type { Fault } from './fault.js';

/** How long a step is waited for; when no clicks come there is no chunk, and the fault passes by. */
const STEP_MS_MAX = 8_000;
const LOOK_MS = 4;

/**
 * Ends the relay at each of its steps. Nothing in the server helps: a lock in the ledger holds the relay at the step,
 * until it is seen there in `pg_stat_activity`.
 *
 *     stamp ─▶ load ─▶ mark
 *     fix a fold ─▶ fold ─▶ mark
 */
export function relayFaults(relay: {
  parts: readonly string[];
  /** A connection string of the ledger, at this moment. */
  ledgerUrl: () => string;
  /** SIGKILL to whichever process relays. */
  kill: () => void;
  back: () => Promise<void>;
}): Fault[] {
  const fault = (step: string, hold: (session: pg.Client) => Promise<Held | null>): Fault => ({
    kind: `relay killed ${step}`,
    target: 'relay',
    parts: relay.parts,
    async run(chance) {
      const dropsStatement = chance.happens(0.7);
      const session = new pg.Client({ connectionString: relay.ledgerUrl(), connectionTimeoutMillis: 5_000 });
      session.on('error', () => undefined); // the ledger may be killed by another fault
      await session.connect();
      try {
        await session.query('BEGIN');
        const held = await hold(session);
        if (!held) throw new Error('the relay did not come to this step');
        relay.kill();
        // A statement that waits goes on without its client. As a rule it ends here: the relay died just before it sent it.
        if (held.backend !== null && dropsStatement)
          await session.query('SELECT pg_terminate_backend($1)', [held.backend]);
      } finally {
        // Also ends the transaction.
        await session.end();
      }
      await sleep(300);
      await relay.back();
    },
  });
  return [
    fault('while it stamps', async (session) => {
      await session.query('LOCK TABLE chunks IN SHARE MODE');
      return waits(session, '%stamp_chunk%');
    }),
    fault('while it loads', caughtLoading),
    fault('after it loaded, before it marks', async (session) => {
      if (!(await caughtLoading(session))) return null;
      return waits(session, 'UPDATE chunks SET delivered_at%');
    }),
    fault('while it fixes a fold', async (session) => {
      await session.query('LOCK TABLE rollup_folds IN SHARE MODE');
      return waits(session, 'UPDATE rollup_folds SET folding_to =%');
    }),
    fault('while it folds', caughtFolding),
    fault('after it folded, before it marks', async (session) => {
      if (!(await caughtFolding(session))) return null;
      return waits(session, 'UPDATE rollup_folds SET folded_to =%');
    }),
  ];
}

/** The relay stands at the step; `backend` is the process of the statement that waits there, if one does. */
interface Held {
  backend: number | null;
}

/** Holds the row of a chunk that is stamped and not delivered: it can't be marked until we let go. */
const caughtLoading = (session: pg.Client) =>
  holds(session, 'SELECT FROM chunks WHERE delivered_at IS NULL FOR UPDATE SKIP LOCKED');

/** The same of a fold that is fixed and not marked. */
const caughtFolding = (session: pg.Client) =>
  holds(session, 'SELECT FROM rollup_folds WHERE folding_to IS NOT NULL FOR UPDATE SKIP LOCKED');

/** Resolves when this question has locked a row. */
async function holds(session: pg.Client, question: string): Promise<Held | null> {
  for (const deadline = Date.now() + STEP_MS_MAX; Date.now() < deadline; await sleep(LOOK_MS))
    if ((await session.query(question)).rowCount) return { backend: null };
  return null;
}

/** Resolves when a statement like this waits for a lock of ours. */
async function waits(session: pg.Client, like: string): Promise<Held | null> {
  for (const deadline = Date.now() + STEP_MS_MAX; Date.now() < deadline; await sleep(LOOK_MS)) {
    await session.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await session.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1 AND pid <> pg_backend_pid()`,
      [like],
    );
    if (rows[0]) return { backend: rows[0].pid };
  }
  return null;
}
