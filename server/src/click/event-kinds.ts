/**
 * The kinds of events that take the same way from the ledger to analytics: in batches and chunks, each kind of a chunk under a token of its own.
 * Where the ledger has a kind: `ledger/event-kinds.ts`. How analytics loads it: `analytics/rollups/event-tables.ts`.
 */
export const EVENT_KINDS = ['clicks', 'conversions', 'impressions'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
