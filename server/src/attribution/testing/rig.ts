import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { Registry } from 'prom-client';
import type { Click } from '../../click/click.js';
import { appendBatch } from '../../ledger/append-batch.js';
import { appendConversions, type NewConversion } from '../../ledger/append-conversions.js';
import { EntityRegistry } from '../../ledger/entities.js';
import { silentLog } from '../../lib/log.js';
import { Wake } from '../../lib/wake.js';
import { RelayMeter } from '../../relay/meter.js';
import { Relay, type RelayTurns } from '../../relay/relay.js';
import { appendAdjustments } from '../../review/adjustments.js';
import { aBackground } from '../../testing/background.js';
import { aJudgedClick } from '../../testing/judged-click.js';
import { startTestSystem, type TestSystem } from '../../testing/system.js';
import { until } from '../../testing/wait.js';
import { Attribution } from '../attribution.js';

export interface StoredState {
  revision: number;
  cause: string;
  status: string;
  reason: string;
  /** By the last valid click. */
  click: string | null;
  /** By the last click of all; the same when there is no other. */
  anyClick: string | null;
  matchedBy: string | null;
  campaign: string;
  value: number;
  deferred: boolean;
}

/** A system whose relay waits for nothing, and whose attribution has a clock of its own. */
export class AttributionRig {
  readonly wake = new Wake();
  /** What attribution takes for the time. */
  nowMs = Date.now();
  relay!: Relay;

  private constructor(readonly system: TestSystem) {}

  /** @param parts.isManual the relay only delivers: attribution has its turns when a test gives them */
  static async start(parts: { eachMax?: number; isManual?: boolean } = {}): Promise<AttributionRig> {
    const rig = new AttributionRig(await startTestSystem({ DEDUP_WINDOW_DAYS: '90' }));
    await rig.system.relay?.stop();
    rig.relay = rig.makeRelay(parts.isManual ? [] : [rig.attribution(parts)]);
    rig.relay.start();
    return rig;
  }

  async close(): Promise<void> {
    await this.relay.stop();
    await this.system.close();
  }

  get pool(): pg.Pool {
    return this.system.pool;
  }

  get client(): ClickHouseClient {
    if (!this.system.analytics) throw new Error('no analytics');
    return this.system.analytics;
  }

  attribution(parts: Partial<ConstructorParameters<typeof Attribution>[0]> = {}): Attribution {
    return new Attribution({
      client: this.client,
      rebuild: { isRunning: false, progress: { months: null } },
      now: () => this.nowMs,
      registry: new Registry(),
      background: aBackground(),
      onMore: () => this.wake.notify(),
      expiredLookMs: 500,
      ...parts,
    });
  }

  // The password is hidden from a spread.
  get ledger(): pg.ClientConfig {
    return { ...this.pool.options, password: this.pool.options.password } as pg.ClientConfig;
  }

  makeRelay(between: readonly RelayTurns[]): Relay {
    const background = aBackground();
    return new Relay({
      ledger: this.ledger,
      client: this.client,
      connectLedger: async () => {},
      between,
      folds: { settled: async () => undefined, foldPart: async () => undefined },
      meter: new RelayMeter(new Registry()),
      committed: this.wake,
      background,
      log: silentLog,
      pause: async () => {},
    });
  }

  /** Resolves when analytics has all that was committed. */
  async delivered(): Promise<void> {
    this.wake.notify();
    await this.system.caughtUp();
  }

  /** Stores clicks; returns their IDs. */
  async clicks(
    clicks: readonly Partial<Click>[],
    isFraudulent = false,
    receivedAtMs = Date.now(),
  ): Promise<string[]> {
    const rows = clicks.map((click) =>
      aJudgedClick(click, isFraudulent ? { isFraudulent, reason: 'known_bot', reasons: ['known_bot'] } : {}),
    );
    await appendBatch(this.pool, new EntityRegistry(), rows, receivedAtMs);
    this.wake.notify();
    return rows.map(({ click }) => click.clickId);
  }

  async click(click: Partial<Click> = {}, isFraudulent = false): Promise<string> {
    return (await this.clicks([click], isFraudulent))[0] as string;
  }

  async convert(conversions: readonly Partial<NewConversion>[]): Promise<string[]> {
    const appended = await appendConversions(
      this.pool,
      conversions.map((one) => ({
        tenantId: 1,
        conversionId: randomUUID(),
        convertedAtMs: Date.now(),
        action: 'sale',
        orderId: null,
        clickId: null,
        userId: null,
        valueMicros: 1_000_000n,
        currency: 'EUR',
        source: 'api',
        madeBy: 'test',
        ...one,
      })),
      Date.now(),
    );
    this.wake.notify();
    return appended.map(({ conversionId }) => conversionId);
  }

  async conversion(conversion: Partial<NewConversion>): Promise<string> {
    return (await this.convert([conversion]))[0] as string;
  }

  /** Gives clicks another verdict, as a person. */
  async judge(clickIds: readonly string[], isFraudulent: boolean, tenantId = 1): Promise<void> {
    const { rows } = await this.pool.query<{ clickId: string; batchId: number; receivedAtMs: number }>(
      `SELECT click_id AS "clickId", batch_id AS "batchId", (extract(epoch FROM received_at) * 1000)::bigint AS "receivedAtMs"
       FROM click_events WHERE tenant_id = $1 AND click_id = ANY ($2)`,
      [tenantId, clickIds],
    );
    await appendAdjustments(this.pool, {
      tenantId,
      madeAtMs: this.nowMs,
      madeBy: 'test',
      byPerson: true,
      rulesVersion: 1,
      isFraudulent,
      clicks: rows.map((row) => ({ ...row, reason: 'manual', evidence: '' })),
    });
    this.wake.notify();
  }

  /** Resolves when analytics has all that was committed, and every conversion is decided. */
  async settled(): Promise<void> {
    this.wake.notify();
    await until(
      async () => {
        const { rows } = await this.pool.query<{ left: number }>(
          `SELECT (SELECT count(*) FROM batches WHERE chunk_id IS NULL)
             + (SELECT count(*) FROM chunks WHERE delivered_at IS NULL OR chunk_id > (SELECT chunk_id FROM attribution_watermark))
             + (SELECT count(*) FROM attribution_queue) AS left`,
        );
        return rows[0]?.left ?? 0;
      },
      (left) => left === 0,
    );
  }

  /** The newest state of a conversion, once all is settled. */
  async stateOf(conversionId: string): Promise<StoredState> {
    await this.settled();
    const history = await this.history(conversionId);
    const last = history.at(-1);
    if (!last) throw new Error('no such conversion');
    return last;
  }

  async history(conversionId: string): Promise<StoredState[]> {
    const { rows } = await this.pool.query<StoredState>(
      `SELECT revision, cause, status, reason, click_id AS click, coalesce(any_click ->> 'click_id', click_id::text) AS "anyClick",
         matched_by AS "matchedBy", campaign_id AS campaign, value_micros::float8 AS value, is_deferred AS deferred
       FROM attributions WHERE conversion_id = $1 ORDER BY revision`,
      [conversionId],
    );
    return rows;
  }
}
