import { fromWallClock, startOfDay } from '@clickledger/contract';

/** The page's own names in the address. Days are those of the view's zone, `2026-11-27`; the last one is included. */
export interface AuditSearch {
  kind?: string;
  actor?: string;
  subject?: string;
  search?: string;
  since?: string;
  until?: string;
  /** Where the page begins. */
  older?: string;
}
export const AUDIT_FILTERS = ['kind', 'actor', 'subject', 'search', 'since', 'until'] as const;

/** Midnight that begins a day of a zone, in milliseconds since 1970; null for a text that is no day. */
export function dayStart(day: string | undefined, zone: string): number | null {
  const wallMs = /^\d{4}-\d{2}-\d{2}$/.test(day ?? '') ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(wallMs) ? null : fromWallClock(wallMs, zone);
}

/** What is asked of `GET /admin/audit`; a day that is none is left out. */
export function auditParams(search: AuditSearch, zone: string, limit: number): URLSearchParams {
  const params = new URLSearchParams({ limit: String(limit) });
  for (const name of ['kind', 'actor', 'subject', 'search'] as const) {
    const value = search[name]?.trim();
    if (value) params.set(name, value);
  }
  const since = dayStart(search.since, zone);
  const last = dayStart(search.until, zone);
  if (since !== null) params.set('start_time', new Date(since).toISOString());
  if (last !== null && (since === null || last >= since))
    params.set('end_time', new Date(startOfDay(last, zone, 1)).toISOString());
  if (search.older) params.set('before', search.older);
  return params;
}
