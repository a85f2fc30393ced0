import { randomUUID } from 'node:crypto';
import { LIMITS, type PeriodReply } from '@clickledger/contract';
import { expect } from 'vitest';
import { changeSettings } from '../../accounts/account-settings.js';
import { tenantClient } from '../../analytics/tenant-client.js';
import { appendBatch } from '../../ledger/append-batch.js';
import { EntityRegistry } from '../../ledger/entities.js';
import { maintainLedger } from '../../ledger/maintain.js';
import { readWatermark } from '../../ledger/retention.js';
import { appendAdjustments } from '../../review/adjustments.js';
import { aJudgedClick } from '../../testing/judged-click.js';
import { DAY_MS, daysSince } from '../../testing/past-days.js';
import type { TestSystem } from '../../testing/system.js';
import { listClosedMonths } from '../billing-periods.js';
import { readBills } from '../bills.js';
import { closePeriod } from '../close-month.js';
import { monthAfter, monthAt } from '../months.js';
import { listWholeStatements } from '../statements.js';
import { verifyStatement } from '../verify.js';
import { BillingModel, type ModelClick, type ModelClosing, startOfMonth } from './model.js';
import { checkMonth } from './statement-check.js';
import type { Step } from './steps.js';

/** Days that retention keeps. Few, so that many a click is dropped before its credit is billed. */
const RETENTION_DAYS = 8;

type Of<Do extends Step['do']> = Extract<Step, { do: Do }>;

/** What the lives of all accounts had in them; printed, so that a test that tests little is seen. */
export const seen = {
  lives: 0,
  steps: 0,
  clicks: 0,
  verdicts: 0,
  credits: 0,
  closings: 0,
  closingsWithLines: 0,
  statements: 0,
  matching: 0,
  notKept: 0,
  dropped: 0,
  creditsOfDropped: 0,
};

/** One account's life: the ledger, analytics if it is to be asked, and the model, side by side. */
export class Account {
  readonly model = new BillingModel();
  readonly #registry = new EntityRegistry();
  readonly #campaigns = new Map<string, { advertiser: string; price: bigint }>();
  readonly #places = new Map<ModelClick, { batchId: number; receivedAtMs: number }>();
  #zone = 'UTC';
  #currency = 'USD';
  #keptFromMs = 0;

  constructor(
    private readonly system: TestSystem,
    private readonly tenantId: number,
    /** The account's clock. It stands between two steps, and never goes past the real one. */
    private nowMs: number,
    private readonly withAnalytics: boolean,
  ) {}

  get #parts() {
    const { analytics } = this.system;
    return {
      pool: this.system.pool,
      analytics: this.withAnalytics && analytics ? tenantClient(analytics, this.tenantId) : null,
      now: () => this.nowMs,
    };
  }

  async play(step: Step): Promise<void> {
    seen.steps++;
    // Each thing has its own moment.
    this.nowMs = Math.min(this.nowMs + 1_000, Date.now());
    if (step.do === 'wait') this.nowMs = Math.min(this.nowMs + step.days * DAY_MS, Date.now());
    else if (step.do === 'click') await this.#click(step);
    else if (step.do === 'judge') await this.#judge(step);
    else if (step.do === 'close') await this.#close();
    else if (step.do === 'settings') await this.#settings(step);
    else if (step.do === 'retain') await this.#retain();
    else await this.#campaign(step);
  }

  /** Closes what is left, and holds everything that was ever said against the model once more. */
  async end(): Promise<void> {
    while (await this.#close());
    await this.#checkStatements();
    await this.#checkNothingIsLost();
    if (this.withAnalytics) await this.#checkAnalytics();
  }

  async #click({ campaign, advertiser, daysAgo, flagged, count }: Of<'click'>): Promise<void> {
    const known = this.#campaigns.get(campaign) ?? { advertiser, price: 0n };
    this.#campaigns.set(campaign, known);
    const clicks = Array.from({ length: count }, (_, i) => ({
      id: randomUUID(),
      campaign,
      ...known,
      flagged,
      atMs: this.nowMs - daysAgo * DAY_MS - i * 3_600_000,
    }));
    const rows = clicks.map(({ id, atMs }) =>
      aJudgedClick(
        {
          tenantId: this.tenantId,
          clickId: id,
          clickedAtMs: atMs,
          campaignId: campaign,
          advertiserId: advertiser,
          adId: campaign,
        },
        { isFraudulent: flagged, reason: flagged ? 'blocked' : null, reasons: flagged ? ['blocked'] : [] },
      ),
    );
    await appendBatch(this.system.pool, this.#registry, rows, this.nowMs);
    const { rows: batches } = await this.system.pool.query<{ batch_id: number }>(
      'SELECT batch_id FROM click_events WHERE click_id = $1 AND received_at = $2',
      [clicks[0]?.id, new Date(this.nowMs)],
    );
    const place = { batchId: batches[0]?.batch_id as number, receivedAtMs: this.nowMs };
    const order = this.model.next();
    for (const click of clicks) {
      const own = { ...click, order };
      this.model.clicks.push(own);
      this.#places.set(own, place);
    }
    seen.clicks += count;
  }

  async #judge({ click: which, flagged, byPerson }: Of<'judge'>): Promise<void> {
    const click = this.model.clicks[which % this.model.clicks.length];
    const place = click && this.#places.get(click);
    if (!click || !place) return;
    const { clickId, ...change } = { clickId: click.id, reason: 'regular_gaps', evidence: '{}' };
    const adjusted = await appendAdjustments(this.system.pool, {
      tenantId: this.tenantId,
      madeAtMs: this.nowMs,
      madeBy: 'test',
      byPerson,
      rulesVersion: 0,
      isFraudulent: flagged,
      clicks: [{ clickId, ...place, ...change }],
    });
    const isKept = place.receivedAtMs >= this.#keptFromMs;
    const isOpen = byPerson || !this.model.isSettled(click);
    expect(adjusted).toBe(isKept && isOpen && this.model.isFlagged(click) !== flagged ? 1 : 0);
    if (adjusted === 0) return;
    this.model.verdicts.push({ click, order: this.model.next(), flagged, byPerson, madeAtMs: this.nowMs });
    seen.verdicts++;
    if (this.model.closings.some(({ toMs }) => click.atMs < toMs)) seen.credits++;
  }

  async #campaign(step: Of<'price' | 'move'>): Promise<void> {
    const old = this.#campaigns.get(step.campaign);
    const advertiser = step.do === 'move' ? step.advertiser : (old?.advertiser ?? 'acme');
    const price = step.do === 'price' ? BigInt(step.micros) : (old?.price ?? 0n);
    this.#campaigns.set(step.campaign, { advertiser, price });
    await this.system.pool.query(
      `INSERT INTO campaigns (tenant_id, campaign_id, advertiser_id, cost_per_click_micros) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, campaign_id) DO UPDATE
       SET advertiser_id = EXCLUDED.advertiser_id, cost_per_click_micros = EXCLUDED.cost_per_click_micros`,
      [this.tenantId, step.campaign, advertiser, String(price)],
    );
  }

  /** Zone and currency are fixed from the first closing on. */
  async #settings({ billing_zone, currency }: Of<'settings'>): Promise<void> {
    const change = changeSettings(this.system.pool, this.tenantId, { billing_zone, currency }, 'test');
    const isOther = billing_zone !== this.#zone || currency !== this.#currency;
    if (this.model.closings.length > 0 && isOther) return expect(change).rejects.toThrow();
    await change;
    this.#zone = billing_zone;
    this.#currency = currency;
  }

  /** Retention, as the ledger's maintenance does it. Clicks of a month that is still to be closed outlive it. */
  async #retain(): Promise<void> {
    if (!this.withAnalytics || this.model.closings.length === 0) return;
    await this.system.caughtUp();
    await maintainLedger(this.system.pool, {
      dedupWindowDays: 3_650,
      retentionDays: daysSince(this.nowMs) + RETENTION_DAYS,
    });
    const dropped = () =>
      this.model.clicks.filter((click) => (this.#places.get(click)?.receivedAtMs ?? 0) < this.#keptFromMs);
    const before = dropped().length;
    this.#keptFromMs = (await readWatermark(this.system.pool)).keptFromMs;
    seen.dropped += dropped().length - before;
    seen.creditsOfDropped += this.model.verdicts.filter(
      ({ click, order }) => dropped().includes(click) && this.model.isDue(click, order),
    ).length;
  }

  #month(period: string): ModelClosing {
    const [fromMs, toMs] = [startOfMonth(period, this.#zone), startOfMonth(monthAfter(period), this.#zone)];
    return { period, order: Number.POSITIVE_INFINITY, fromMs, toMs };
  }

  /** The month to be closed next; null when it is not over, or nothing is there to begin with. */
  #nextPeriod(): string | null {
    const running = monthAt(this.nowMs, this.#zone);
    const last = this.model.closings.at(-1)?.period;
    const period = last ? monthAfter(last) : monthAfter(running, -1);
    const first = Math.min(...this.model.clicks.map(({ atMs }) => atMs));
    if (!last && !(first < this.#month(period).toMs)) return null;
    return period < running ? period : null;
  }

  #bills(period: string): Promise<PeriodReply> {
    return readBills(this.#parts, this.tenantId, period, { limit: LIMITS.billsMax });
  }

  /** What analytics says of a month that is not closed is what its statements would say now. */
  async #checkOpen(month: ModelClosing): Promise<void> {
    if (!this.withAnalytics) return;
    await this.system.caughtUp();
    checkMonth(await this.#bills(month.period), this.model.linesOf(month), this.#currency);
  }

  async #close(): Promise<boolean> {
    const period = this.#nextPeriod();
    if (period === null) return false;
    const month = this.#month(period);
    const expected = this.model.linesOf(month);
    await this.#checkOpen(month);
    expect(await closePeriod(this.#parts, this.tenantId, period, 'test')).toBe(true);
    this.model.closings.push({ ...month, order: this.model.next() });
    seen.closings++;
    if (expected.some(({ price }) => price > 0n)) seen.closingsWithLines++;
    const closed = await this.#bills(period);
    checkMonth(closed, expected, this.#currency);
    expect(closed).toMatchObject({
      from_time: new Date(month.fromMs).toISOString(),
      to_time: new Date(month.toMs).toISOString(),
      time_zone: this.#zone,
    });
    return true;
  }

  /** All statements are still what they were, and can be counted again as long as the ledger has their clicks. */
  async #checkStatements(): Promise<void> {
    for (const month of this.model.closings) {
      const { period, fromMs } = month;
      checkMonth(await this.#bills(period), this.model.linesOf(month), this.#currency);
      const page = { after: null, limit: LIMITS.billsMax };
      const isKept = fromMs - 3_600_000 >= this.#keptFromMs;
      for (const one of await listWholeStatements(this.system.pool, this.tenantId, period, page)) {
        const statement = { ...one, terms: null, due_on: null };
        expect(statement.currency).toBe(this.#currency);
        const verified = await verifyStatement(this.system.pool, this.tenantId, statement);
        expect(verified).toMatchObject({ result: isKept ? 'matches' : 'not_kept', differences: [] });
        seen.statements++;
        if (isKept) seen.matching++;
        else seen.notKept++;
      }
    }
  }

  /** Each click since billing began is in exactly one closed month, or still to come. */
  async #checkNothingIsLost(): Promise<void> {
    const [first] = this.model.closings;
    if (!first) return;
    const months = await listClosedMonths(this.system.pool, this.tenantId);
    const counted = months.map(({ totals, unpricedClicks }) => (totals?.clicks ?? 0) + unpricedClicks);
    const due = this.model.clicks.filter(
      ({ atMs, order }) =>
        atMs >= first.fromMs && this.model.closings.some((one) => one.order > order && atMs < one.toMs),
    );
    expect(counted.reduce((sum, n) => sum + n, 0)).toBe(due.length);
  }

  /** The running month, and the sums of everything. */
  async #checkAnalytics(): Promise<void> {
    const running = monthAt(this.nowMs, this.#zone);
    const last = this.model.closings.at(-1)?.period;
    if (!last || last < running) await this.#checkOpen(this.#month(running));
    await this.system.folded();
    const result = await this.system.analytics?.query({
      query: `SELECT toInt64(sum(clicks)) AS clicks, toInt64(sum(fraud)) AS flagged, toString(sum(cost_micros)) AS micros
        FROM clicks_by_hour WHERE dimensions = 0 AND tenant_id = {tenant:UInt32}`,
      query_params: { tenant: this.tenantId },
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    const valid = this.model.clicks.filter((click) => !this.model.isFlagged(click));
    expect(await result?.json()).toEqual([
      {
        clicks: this.model.clicks.length,
        flagged: this.model.clicks.length - valid.length,
        micros: String(valid.reduce((sum, { price }) => sum + price, 0n)),
      },
    ]);
  }
}
