import type { DeviceType } from '@clickledger/contract';
import type { ClickFacts } from './facts.js';

/**
 * A click as the ledger stores it: checked, enriched, without any raw address.
 * Made by `ingest/prepare.ts`; times are milliseconds since the epoch.
 */
export interface Click {
  tenantId: number;
  /** UUID: the client's own, derived from its Idempotency-Key, or a fresh UUIDv7. */
  clickId: string;
  /** Whether the guard must mark the id; not for a fresh UUIDv7, nor for one whose Idempotency-Key has a mark of its own. */
  mayRepeat: boolean;
  adId: string;
  campaignId: string;
  advertiserId: string;
  userId: string | null;
  /** HMAC-SHA-256 of the address under the installation's secret, 32 hex digits; null if unknown. */
  ipHash: string | null;
  /**
   * What `unique_users` counts: a keyed hash of the user id or, without one, of address and user agent (16 hex digits). Empty when
   * neither user nor address is known: then nobody can say whether two clicks are of one person.
   */
  visitorKey: string;
  /** The click's own time. */
  clickedAtMs: number;
  /** Empty when unknown, as are the next three. */
  country: string;
  deviceType: DeviceType | '';
  os: string;
  browser: string;
  userAgent: string;
  referrer: string;
  /** JSON: the link that brought it and the parameters of its landing, see `links/landing.ts`. Absent: it came over the API. */
  landing?: string;
  /** What only the request showed, for the rules; not stored. */
  facts: ClickFacts;
}

/** Before the name of a rule in shadow mode, where the reasons of a click are stored. */
export const SHADOW_PREFIX = 'shadow:';

/** What the rules said of a click. Stored with it. */
export interface Verdict {
  isFraudulent: boolean;
  /** The strongest reason, e.g. `velocity_ip`; null when clean. */
  reason: string | null;
  /** Every rule that fired. */
  reasons: string[];
  /** Rules that could not run, e.g. because the guard was away. */
  rulesNotRun: string[];
  /** JSON by rule: what each rule that fired counted, and its limits; empty when none fired. */
  evidence: string;
}

/** A click with its verdict, as one row of the ledger. */
export interface JudgedClick {
  click: Click;
  verdict: Verdict;
}
