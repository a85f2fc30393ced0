import { DEFAULT_RULE_SETTINGS } from '@clickledger/contract';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Background } from '../lib/background.js';
import { silentLog } from '../lib/log.js';
import { startTestSystem, type TestSystem } from '../testing/system.js';
import { RulesInForce } from './rules-in-force.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ ROLES: 'ingest' });
});
afterAll(() => system?.close());

it('a tenant whose rules can not be read keeps no other tenant from theirs, at a start and later', async () => {
  const { pool } = system;
  const set = (tenantId: number, version: number, settings: unknown) =>
    pool.query(
      `INSERT INTO fraud_rule_sets (tenant_id, version, settings, note, created_by) VALUES ($1, $2, $3, '', 'test')`,
      [tenantId, version, JSON.stringify(settings)],
    );
  await pool.query(`INSERT INTO tenants (tenant_id, slug, name) VALUES (2, 'broken', ''), (3, 'whole', '')`);
  await set(2, 1, { velocity_ip: null });
  await set(3, 1, DEFAULT_RULE_SETTINGS);
  const registry = new Registry();
  const background = new Background({ log: silentLog, registry });
  const rules = new RulesInForce({ pool, background });
  await rules.start();
  try {
    expect([1, 2, 3].map((tenantId) => rules.rulesOf(tenantId).version)).toEqual([0, 0, 1]);
    expect(await registry.metrics()).toMatch(/background_failures_total\{task="rules in force"\} [1-9]/);
    await set(3, 2, DEFAULT_RULE_SETTINGS);
    await expect.poll(() => rules.rulesOf(3).version, { timeout: 60_000 }).toBe(2);
    // What failed is asked for again each time, and works once it is mended.
    await set(2, 2, DEFAULT_RULE_SETTINGS);
    await expect.poll(() => rules.rulesOf(2).version, { timeout: 60_000 }).toBe(2);
  } finally {
    await background.stop();
  }
});
