import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** A connection to the embedded ledger of a data folder, as its own files describe it. */
export async function connectEmbedded(dataDir: string): Promise<pg.Client> {
  const lines = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n');
  const { postgresPassword } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as {
    postgresPassword: string;
  };
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(lines[3]),
    user: 'clickledger',
    password: postgresPassword,
    database: 'postgres',
  });
  await client.connect();
  return client;
}

/** Gives layer 3 so many random ids of earlier clicks, and the index that goes with them. */
export async function prefillKeys(dataDir: string, count: number): Promise<void> {
  const client = await connectEmbedded(dataDir);
  try {
    const { rows } = await client.query<{ generation: number }>('SELECT generation FROM dedup_generation');
    const generation = rows[0]?.generation ?? 1;
    await client.query("SET maintenance_work_mem = '1GB'");
    await client.query('CREATE UNLOGGED TABLE prefilled (LIKE click_keys)');
    await client.query(
      `INSERT INTO prefilled SELECT $1, 1, gen_random_uuid(), 0, now() FROM generate_series(1, $2)`,
      [generation, count],
    );
    await client.query('ALTER TABLE prefilled ADD PRIMARY KEY (generation, tenant_id, click_id)');
    await client.query('ALTER TABLE prefilled SET LOGGED');
    await client.query('BEGIN');
    await client.query(`INSERT INTO prefilled SELECT * FROM click_keys WHERE generation = ${generation}`);
    await client.query(`DROP TABLE click_keys_${generation}`);
    await client.query(`ALTER TABLE prefilled RENAME TO click_keys_${generation}`);
    await client.query(
      `ALTER TABLE click_keys ATTACH PARTITION click_keys_${generation} FOR VALUES IN (${generation})`,
    );
    await client.query('COMMIT');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

/** Compares what ledger and analytics hold once the relay has nothing left: the proof that nothing was lost or doubled. */
export async function audit(url: string, dataDir: string, acknowledged: number) {
  for (let i = 0; i < 1_200; i++) {
    const stats = (await (await fetch(`${url}/api/v1/admin/stats`)).json()) as { lag: { rows: number } };
    if (stats.lag.rows === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const client = await connectEmbedded(dataDir);
  try {
    const { rows } = await client.query<{ clicks: string; ids: string }>(
      'SELECT count(*) AS clicks, count(DISTINCT click_id) AS ids FROM click_events',
    );
    const end = new Date(Date.now() + 86_400_000).toISOString();
    const start = new Date(Date.now() - 86_400_000).toISOString();
    const reply = await fetch(
      `${url}/api/v1/analytics/aggregate?${new URLSearchParams({ start_time: start, end_time: end, granularity: 'total' })}`,
    );
    const { total_clicks } = (await reply.json()) as { total_clicks: number };
    return {
      acknowledged,
      ledger: Number(rows[0]?.clicks),
      distinctIds: Number(rows[0]?.ids),
      analytics: total_clicks,
    };
  } finally {
    await client.end();
  }
}
