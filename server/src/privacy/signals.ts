import type { IncomingHttpHeaders } from 'node:http';
import type pg from 'pg';
import type { Background, Loop } from '../lib/background.js';
import { respectingTenants } from './data-in-ledger.js';

/** Time between two looks, one small query each: a decision is in force on every node within 5 s. */
const POLL_MS = 2_000;

/** Global Privacy Control (`Sec-GPC: 1`) or Do Not Track (`DNT: 1`). Source: W3C, Global Privacy Control; Tracking Preference Expression. */
const asksForPrivacy = (headers: IncomingHttpHeaders): boolean =>
  headers['sec-gpc'] === '1' || headers.dnt === '1';

/** Which tenants obey their visitors' privacy signals, held in memory so that a click asks nobody. */
export class PrivacySignals {
  #respecting: ReadonlySet<number> = new Set();
  #loop: Loop | null = null;

  constructor(private readonly parts: { pool: pg.Pool; background: Background }) {}

  /** Reads them for the first time, and then keeps looking. */
  async start(): Promise<void> {
    await this.refresh();
    this.#loop ??= this.parts.background.every(
      { name: 'privacy settings in force', failure: 'privacy settings can not be read; the last ones hold' },
      { everyMs: POLL_MS },
      () => this.refresh(),
    );
  }

  async refresh(): Promise<void> {
    this.#respecting = await respectingTenants(this.parts.pool);
  }

  /** Whether a click that comes with these headers is to be stored without user and address. */
  obeys(tenantId: number, headers: IncomingHttpHeaders): boolean {
    return this.#respecting.size > 0 && this.#respecting.has(tenantId) && asksForPrivacy(headers);
  }
}
