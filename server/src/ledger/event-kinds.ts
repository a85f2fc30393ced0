import { EVENT_KINDS, type EventKind } from '../click/event-kinds.js';

interface KindOfEvent {
  /** Rows that it makes in analytics, as SQL over a row of `batches` or `chunks`. */
  rows: string;
  /** What analytics reads, by `chunk_id`. */
  view: string;
  /** The UUID that a refused chunk is halved by. */
  id: string;
}

/** Where the ledger has each kind of event. */
export const KINDS: Record<EventKind, KindOfEvent> = {
  // An adjustment takes a verdict away and brings another one.
  clicks: { rows: 'click_count + 2 * adjustment_count', view: 'chunk_clicks', id: 'click_id' },
  conversions: { rows: 'conversion_count', view: 'chunk_conversions', id: 'conversion_id' },
  impressions: { rows: 'impression_count', view: 'chunk_impressions', id: 'count_id' },
};

/** Rows of all kinds, as SQL over a row of `batches` or `chunks`. */
export const ALL_ROWS = EVENT_KINDS.map((kind) => KINDS[kind].rows).join(' + ');
