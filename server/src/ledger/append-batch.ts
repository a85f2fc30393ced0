import type pg from 'pg';
import type { JudgedClick } from '../click/click.js';
import { boolArray, int4Array, int8Array, textArray, uuidArray } from './binary-arrays.js';
import type { EntityRegistry } from './entities.js';

/** A click that the ledger had already, and the verdict that was stored then. */
export interface Repeat<Row> {
  row: Row;
  isFraudulent: boolean;
}

/** A new click that the ledger stored otherwise than it was sent. */
export interface Correction<Row> {
  row: Row;
  /** The campaign's advertiser, when the click named another one; null otherwise. */
  storedUnder: string | null;
  isFraudulent: boolean;
}

/** What became of a batch; clicks that are in neither list are stored as they were sent. */
export interface Appended<Row> {
  repeats: Repeat<Row>[];
  corrections: Correction<Row>[];
  /** Clicks whose campaign or ad is not registered: over the limit of an hour, or only known campaigns are. */
  unregistered: number;
}

/** A row of `append_clicks`. */
export interface AppendedRow {
  /** From 1. */
  ordinal: number;
  is_repeat: boolean;
  is_flagged: boolean;
  stored_advertiser_id: string;
}

const APPEND = {
  name: 'append_clicks',
  text: `SELECT ordinal, is_repeat, is_flagged, stored_advertiser_id FROM append_clicks(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
};

const hasLanding = ({ click }: JudgedClick): boolean => click.landing !== undefined;

function columnsOf(rows: readonly JudgedClick[]): (Buffer | null)[] {
  const text = (pick: (row: JudgedClick) => string | null) => textArray(rows.map(pick));
  return [
    int4Array(rows.map(({ click }) => click.tenantId)),
    uuidArray(rows.map(({ click }) => click.clickId)),
    int8Array(rows.map(({ click }) => click.clickedAtMs)),
    text(({ click }) => click.advertiserId),
    text(({ click }) => click.campaignId),
    text(({ click }) => click.adId),
    text(({ click }) => click.userId),
    text(({ click }) => click.ipHash),
    text(({ click }) => click.visitorKey),
    text(({ click }) => click.country),
    text(({ click }) => click.deviceType),
    text(({ click }) => click.os),
    text(({ click }) => click.browser),
    text(({ click }) => click.userAgent),
    text(({ click }) => click.referrer),
    boolArray(rows.map(({ verdict }) => verdict.isFraudulent)),
    text(({ verdict }) => verdict.reason),
    text(({ verdict }) => verdict.reasons.join(',')),
    text(({ verdict }) => verdict.rulesNotRun.join(',')),
    text(({ verdict }) => verdict.evidence),
    rows.some(hasLanding) ? text(({ click }) => click.landing ?? '') : null,
  ];
}

/**
 * Commits a batch: its clicks, their ids, one `batches` row and the entities not seen before, in one transaction.
 * When this resolves, all of it is on disk. Of a (tenant, click id) that comes twice, the first is stored.
 *
 * @throws whatever PostgreSQL says; the batch may then be stored (the reply was lost) or not: sending it again
 *   finds out, because the ids decide.
 */
export async function appendBatch<Row extends JudgedClick>(
  pool: pg.Pool,
  entities: EntityRegistry,
  rows: readonly Row[],
  receivedAtMs: number,
): Promise<Appended<Row>> {
  const query = { ...APPEND, values: [new Date(receivedAtMs), ...columnsOf(rows)] };
  const news = entities.unknownAmong(rows);
  const { rows: found, unregistered } = news
    ? await entities.registerWith<AppendedRow>(pool, news, query)
    : { rows: (await pool.query<AppendedRow>(query)).rows, unregistered: 0 };
  const appended: Appended<Row> = { repeats: [], corrections: [], unregistered };
  for (const { ordinal, is_repeat, is_flagged: isFraudulent, stored_advertiser_id: advertiserId } of found) {
    const row = rows[ordinal - 1] as Row;
    if (is_repeat) appended.repeats.push({ row, isFraudulent });
    else {
      const storedUnder = advertiserId === row.click.advertiserId ? null : advertiserId;
      appended.corrections.push({ row, storedUnder, isFraudulent });
    }
  }
  return appended;
}
