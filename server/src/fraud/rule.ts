import type { VelocityRequest } from '../guard/guard.js';
import type { Click } from '../ingest/click.js';

/**
 * A rule: a pure function of a click and its counters. A strong rule flags alone; weak ones flag only when two of
 * different kinds agree.
 */
export interface Rule {
  /** Reason code, as stored with the click. */
  name: string;
  severity: 'strong' | 'weak';
  /** What the guard must count for it; null when it doesn't apply to this click. */
  velocity(click: Click): VelocityRequest | null;
  /** Whether it fires, given the count that it asked for. */
  fires(click: Click, count: number): boolean;
}
