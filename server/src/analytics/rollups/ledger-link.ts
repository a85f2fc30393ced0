import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';

/**
 * Name of the named collection that holds how to reach the ledger: no password shows in a query's text. And of a database of tables that
 * read a view of the ledger each. It is in memory alone: an engine that starts again knows none of its tables, so none can keep it from
 * starting, and each is made when it is first read.
 */
export const LEDGER = 'clickledger_ledger';

/**
 * Makes or renews the named collection, and drops the tables that were made with it, with their connections and columns. Identifiers
 * and values are quoted here: DDL takes no bound parameters.
 */
export async function connectLedger(client: ClickHouseClient, ledgerUrl: string): Promise<void> {
  const url = new URL(ledgerUrl);
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const values: Record<string, string> = {
    host: quote(url.hostname),
    port: String(Number(url.port || 5_432)),
    user: quote(decodeURIComponent(url.username)),
    password: quote(decodeURIComponent(url.password)),
    database: quote(decodeURIComponent(url.pathname.slice(1)) || 'postgres'),
  };
  const assignments = Object.entries(values).map(([name, value]) => `${name} = ${value}`);
  await client.command({ query: `DROP DATABASE IF EXISTS ${LEDGER}` });
  await client.command({
    query: `CREATE NAMED COLLECTION IF NOT EXISTS ${LEDGER} AS ${assignments.join(', ')}`,
  });
  try {
    await client.command({ query: `ALTER NAMED COLLECTION ${LEDGER} SET ${assignments.join(', ')}` });
  } catch {
    // A disk that was full when it was last written has left nothing that could be altered.
    await client.command({ query: `DROP NAMED COLLECTION IF EXISTS ${LEDGER}` });
    await client.command({ query: `CREATE NAMED COLLECTION ${LEDGER} AS ${assignments.join(', ')}` });
  }
}

/** ErrorCodes.cpp of ClickHouse: UNKNOWN_TABLE, UNKNOWN_DATABASE. */
const NOT_MADE = new Set(['60', '81']);

/**
 * Reads a view of the ledger through a table, which keeps a connection and knows the view's columns. `postgresql()` connects twice and
 * asks for the columns each time, which costs more than a chunk of a few events.
 *
 * @param read given the table; called again when it had to be made first
 */
export async function readThroughTable(
  client: ClickHouseClient,
  view: string,
  read: (table: string) => Promise<unknown>,
): Promise<void> {
  const table = `${LEDGER}.${view}`;
  try {
    await read(table);
  } catch (error) {
    if (!(error instanceof ClickHouseError && NOT_MADE.has(error.code))) throw error;
    await makeTable(client, view, table);
    await read(table);
  }
}

/**
 * Every column of a view may be NULL as far as PostgreSQL says, and none is: the ledger's own columns are NOT NULL, or the view says what
 * stands for it. So none is Nullable here, which is a tenth of what reading them costs.
 */
async function makeTable(client: ClickHouseClient, view: string, table: string): Promise<void> {
  const result = await client.query({
    query: `DESCRIBE TABLE postgresql(${LEDGER}, table = '${view}')`,
    format: 'JSONEachRow',
  });
  const columns = await result.json<{ name: string; type: string }>();
  const definitions = columns.map(({ name, type }) => `${name} ${type.replace(/^Nullable\((.*)\)$/, '$1')}`);
  await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${LEDGER} ENGINE = Memory` });
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS ${table} (${definitions.join(', ')}) ENGINE = PostgreSQL(${LEDGER}, table = '${view}')`,
  });
}
