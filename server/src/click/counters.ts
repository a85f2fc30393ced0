/** Clicks of one subject within a sliding window, to be counted as they come. */
export interface VelocityRequest {
  name: string;
  subject: string;
  windowMs: number;
  /** Counting may stop here: the answer is exact up to it, and at least it beyond. */
  countMax: number;
}

/**
 * A counter of committed clicks, by minute and by hour of the clicks' own time. A look only reads it, and `settle` adds: so
 * repeats and failed commits never count, and the figure is one batch old.
 */
export interface CounterRequest {
  name: string;
  subject: string;
}

export interface CounterReading {
  /** Clicks in the click's minute. */
  minute: number;
  /**
   * Clicks in the hour that ends at the click, as a mix of two fixed hours by their share (off by at most the clicks
   * of the elder hour that are not spread evenly in it).
   */
  hour: number;
}
