import type pg from 'pg';
import type { JudgedClick } from '../click/click.js';
import { boolArray, int4Array, int8Array, textArray, uuidArray } from './binary-arrays.js';
import type { EntityRegistry } from './entities.js';

/** A click that the ledger had already: its index in the batch, and the verdict that was stored then. */
export interface Repeat {
  index: number;
  isFraudulent: boolean;
}

/** A new click that the ledger stored otherwise than it was sent. */
export interface Correction {
  index: number;
  /** The advertiser that it is stored under: its campaign's. */
  advertiserId: string;
  /** Whether that is another one than it named. */
  isReassigned: boolean;
  isFraudulent: boolean;
}

/** What became of a batch; clicks that are in neither list are stored as they were sent. */
export interface Appended {
  repeats: Repeat[];
  corrections: Correction[];
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
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
};

function columnsOf(rows: readonly JudgedClick[]): Buffer[] {
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
  ];
}

/**
 * Commits a batch: its clicks, their ids, one `batches` row and the entities not seen before, in one transaction.
 * When this resolves, all of it is on disk. Of a (tenant, click id) that comes twice, the first is stored.
 *
 * @throws whatever PostgreSQL says; the batch may then be stored (the reply was lost) or not: sending it again
 *   finds out, because the ids decide.
 */
export async function appendBatch(
  pool: pg.Pool,
  entities: EntityRegistry,
  rows: readonly JudgedClick[],
  receivedAtMs: number,
): Promise<Appended> {
  const query = { ...APPEND, values: [new Date(receivedAtMs), ...columnsOf(rows)] };
  const news = entities.unknownAmong(rows);
  const { rows: found, unregistered } = news
    ? await entities.registerWith<AppendedRow>(pool, news, query)
    : { rows: (await pool.query<AppendedRow>(query)).rows, unregistered: 0 };
  const appended: Appended = { repeats: [], corrections: [], unregistered };
  for (const { ordinal, is_repeat, is_flagged: isFraudulent, stored_advertiser_id: advertiserId } of found) {
    const index = ordinal - 1;
    if (is_repeat) appended.repeats.push({ index, isFraudulent });
    else {
      const isReassigned = advertiserId !== rows[index]?.click.advertiserId;
      appended.corrections.push({ index, advertiserId, isReassigned, isFraudulent });
    }
  }
  return appended;
}
