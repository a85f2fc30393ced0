import { LIMITS, type PostbackEntry, type PostbacksQuery, type PostbacksReply } from '@clickledger/contract';
import type pg from 'pg';
import { Counter, type Registry } from 'prom-client';
import type { Background } from '../lib/background.js';
import { type Database, ISO_UTC } from '../lib/sql.js';

/** Entries that wait to be written, of all tenants and of one. Beyond it they are dropped, and counted. */
const WAITING_MAX = 10_000;
export const WAITING_EACH_MAX = 1_000;
/** For how long secrets that have ended are listed, in days. */
const ENDED_SECRETS_DAYS = 365;
const WRITE = { name: 'postback log', failure: 'some postbacks are not in the log' };

/** A postback, and what became of it. */
export interface LoggedPostback {
  tenantId: number;
  receivedAtMs: number;
  method: string;
  /** Without secrets. */
  query: string;
  outcome: PostbackEntry['outcome'];
  /** Of a refusal; empty otherwise. */
  code: string;
  message: string;
  conversionId: string | null;
}

/**
 * Writes the log of postbacks in the background, many at once: no reply waits for it, and a crash takes what was not written, never a
 * conversion. The oldest entries of a tenant go when it has too many.
 */
export class PostbackLog {
  #waiting: LoggedPostback[] = [];
  readonly #of = new Map<number, number>();
  #writing: Promise<unknown> | null = null;
  readonly #dropped: Counter;

  constructor(private readonly parts: { pool: pg.Pool; background: Background; registry: Registry }) {
    this.#dropped = new Counter({
      name: 'clickledger_postbacks_not_logged_total',
      help: 'Postbacks that are missing from their log: too many came at once, or the ledger was away.',
      registers: [parts.registry],
    });
  }

  note(entry: LoggedPostback): void {
    const { tenantId } = entry;
    const own = this.#of.get(tenantId) ?? 0;
    if (own >= WAITING_EACH_MAX || this.#waiting.length >= WAITING_MAX) {
      this.#dropped.inc();
      return;
    }
    this.#waiting.push(entry);
    this.#of.set(tenantId, own + 1);
    this.#writing ??= this.parts.background.run(WRITE, () => this.#write());
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const entries = this.#waiting;
        this.#waiting = [];
        this.#of.clear();
        try {
          await writeLog(this.parts.pool, entries);
        } catch (error) {
          this.#dropped.inc(entries.length);
          throw error;
        }
      }
    } finally {
      this.#writing = null;
    }
  }
}

/** Appends entries, each counted on within its tenant, and drops the tenant's oldest beyond the limit. */
async function writeLog(database: Database, entries: readonly LoggedPostback[]): Promise<void> {
  await database.query(
    `WITH sent AS (
       SELECT * FROM jsonb_to_recordset($1) AS i (
         "tenantId" integer, "receivedAtMs" bigint, method text, query text, outcome text, code text, message text,
         "conversionId" uuid, place integer
       )
     ), counts AS (
       SELECT "tenantId" AS tenant_id, count(*) AS n FROM sent GROUP BY 1
     ), counted AS (
       INSERT INTO postback_counts AS c (tenant_id, last_id) SELECT tenant_id, n FROM counts ORDER BY tenant_id
       ON CONFLICT (tenant_id) DO UPDATE SET last_id = c.last_id + EXCLUDED.last_id
       RETURNING tenant_id, last_id
     ), dropped AS (
       DELETE FROM postback_log l USING counted c WHERE l.tenant_id = c.tenant_id AND l.postback_id <= c.last_id - $2
     )
     INSERT INTO postback_log (tenant_id, postback_id, received_at, method, query, outcome, code, message, conversion_id)
     SELECT c.tenant_id, c.last_id - k.n + row_number() OVER (PARTITION BY c.tenant_id ORDER BY s.place),
       to_timestamp(s."receivedAtMs" / 1000::float8), s.method, s.query, s.outcome, s.code, s.message, s."conversionId"
     FROM sent s JOIN counted c ON c.tenant_id = s."tenantId" JOIN counts k ON k.tenant_id = c.tenant_id`,
    [JSON.stringify(entries.map((entry, place) => ({ ...entry, place }))), LIMITS.postbacksKeptMax],
  );
}

/** A page of a tenant's log, newest first. */
export async function listPostbacks(
  database: Database,
  tenantId: number,
  { limit, before, outcome }: PostbacksQuery,
): Promise<PostbacksReply> {
  const { rows } = await database.query<PostbackEntry>(
    `SELECT postback_id, ${ISO_UTC('received_at')} AS received_at, method, query, outcome, nullif(code, '') AS code,
       nullif(message, '') AS message, conversion_id
     FROM postback_log
     WHERE tenant_id = $1 AND ($2::bigint IS NULL OR postback_id < $2) AND ($3::text IS NULL OR outcome = $3)
     ORDER BY postback_id DESC LIMIT $4`,
    [tenantId, before ?? null, outcome ?? null, limit + 1],
  );
  const data = rows.slice(0, limit);
  return { data, next_before: rows.length > limit ? (data.at(-1)?.postback_id ?? null) : null };
}

/** Deletes what the log has kept for long enough, and secrets that ended a year ago. */
export async function dropOldPostbacks(pool: pg.Pool): Promise<void> {
  await pool.query('DELETE FROM postback_log WHERE received_at < now() - make_interval(days => $1)', [
    LIMITS.postbackLogDays,
  ]);
  await pool.query(
    'DELETE FROM postback_secrets WHERE coalesce(revoked_at, expires_at) < now() - make_interval(days => $1)',
    [ENDED_SECRETS_DAYS],
  );
}
