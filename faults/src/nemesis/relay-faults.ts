import { sleep } from '@clickledger/server/backoff.js';
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
 */
export function relayFaults(relay: {
  parts: readonly string[];
  /** A connection string of the ledger, at this moment. */
  ledgerUrl: () => string;
  /** SIGKILL to whichever process relays. */
  kill: () => void;
  back: () => Promise<void>;
}): Fault[] {
  const fault = (step: string, hold: (session: pg.Client) => Promise<boolean>): Fault => ({
    kind: `relay killed ${step}`,
    target: 'relay',
    parts: relay.parts,
    async run() {
      const session = new pg.Client({ connectionString: relay.ledgerUrl(), connectionTimeoutMillis: 5_000 });
      session.on('error', () => undefined); // the ledger may be killed by another fault
      await session.connect();
      try {
        await session.query('BEGIN');
        if (await hold(session)) relay.kill();
      } finally {
        // Also ends the transaction, and so lets what waited go on without its client.
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
      if (!(await caughtLoading(session))) return false;
      return waits(session, 'UPDATE chunks SET delivered_at%');
    }),
  ];
}

/** Holds the row of a chunk that is stamped and not delivered: it can't be marked until we let go. */
async function caughtLoading(session: pg.Client): Promise<boolean> {
  for (const deadline = Date.now() + STEP_MS_MAX; Date.now() < deadline; await sleep(LOOK_MS)) {
    const { rowCount } = await session.query(
      'SELECT FROM chunks WHERE delivered_at IS NULL FOR UPDATE SKIP LOCKED',
    );
    if (rowCount) return true;
  }
  return false;
}

/** Whether a statement like this comes to wait for a lock of ours. */
async function waits(session: pg.Client, like: string): Promise<boolean> {
  for (const deadline = Date.now() + STEP_MS_MAX; Date.now() < deadline; await sleep(LOOK_MS)) {
    await session.query('SELECT pg_stat_clear_snapshot()');
    const { rowCount } = await session.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1 AND pid <> pg_backend_pid()`,
      [like],
    );
    if (rowCount) return true;
  }
  return false;
}
