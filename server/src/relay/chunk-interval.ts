/**
 * Each chunk makes a part in every table, and parts cost merges; a larger chunk costs less a click. A chunk that takes longer, because
 * much waits, is followed at once.
 */
const INTERVAL_MS = 1_100;
/** Whatever is in it, a chunk has a price. At two clicks a second that price is most of what analytics costs. */
const INTERVAL_OF_FEW_MS = 2_000;
const FEW_EVENTS = 100;

/** Milliseconds from the start of a chunk to the start of the next, while events come in: fewer may wait longer. */
export const intervalAfterMs = (events: number): number =>
  events < FEW_EVENTS ? INTERVAL_OF_FEW_MS : INTERVAL_MS;
