import type pg from 'pg';
import type { Turns } from '../lib/turns.js';

/** What no request may be: the owner of the tables. See schema/tables/01_isolation.sql. */
const REQUEST_ROLE = 'clickledger_request';
const CONFINE = {
  name: 'confine',
  text: `SELECT set_config('clickledger.tenant_id', $1, true), set_config('clickledger.advertisers', $2, true),
    set_config('role', '${REQUEST_ROLE}', true)`,
};

/**
 * The ledger as a tenant's requests see it: every transaction takes the role of requests and names the tenant, so that
 * PostgreSQL hides the rows of every other tenant, whatever a query says or forgets. A query of its own is a transaction
 * of its own.
 *
 * @param pool of the owner of the tables
 * @param advertiserIds the only advertisers whose campaigns and ads are seen; null: all
 * @param turns by tenant, in which a request waits for a connection: it must not ask for a second one while it has one
 * @returns what the functions of this folder use of a pool: `query` and `connect`
 */
export function tenantPool(
  pool: pg.Pool,
  tenantId: number,
  advertiserIds: readonly string[] | null = null,
  turns: Turns<number> | null = null,
): pg.Pool {
  if (!Number.isSafeInteger(tenantId) || tenantId < 1) throw new RangeError('no tenant');
  const values = [String(tenantId), advertiserIds === null ? '' : JSON.stringify(advertiserIds)];
  const connect = async () => {
    const endTurn = await turns?.take(tenantId);
    try {
      return confine(await pool.connect(), values, endTurn);
    } catch (error) {
      endTurn?.();
      throw error;
    }
  };
  const query = async (...statement: [string | pg.QueryConfig, unknown[]?]) => {
    const client = await connect();
    try {
      await client.query('BEGIN');
      const result = await client.query(...statement);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      await client.query('ROLLBACK').then(
        () => client.release(),
        () => client.release(true),
      );
      throw error;
    }
  };
  return { query, connect } as unknown as pg.Pool;
}

/** A connection whose every transaction is confined to the tenant; outside of one it answers nothing. */
function confine(client: pg.PoolClient, values: readonly string[], onRelease?: () => void): pg.PoolClient {
  let isConfined = false;
  const query = async (...statement: [string | pg.QueryConfig, unknown[]?]) => {
    const [text] = statement;
    if (text === 'BEGIN') {
      await client.query('BEGIN');
      const confined = await client.query({ ...CONFINE, values: [...values] });
      isConfined = true;
      return confined;
    }
    if (!isConfined) throw new Error('a query of a tenant outside of a transaction');
    if (text === 'COMMIT' || text === 'ROLLBACK') isConfined = false;
    return client.query(...(statement as [string, unknown[]?]));
  };
  // A connection that goes back in the middle of a transaction would keep the role: it is ended instead.
  const release = (error?: boolean) => {
    client.release(error || isConfined);
    onRelease?.();
  };
  return { query, release } as unknown as pg.PoolClient;
}
