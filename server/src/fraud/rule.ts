import type { RuleFacts, RuleName } from '@clickledger/contract';
import type { Click } from '../click/click.js';
import type { CounterReading, VelocityRequest } from '../click/counters.js';

/** What a rule saw and its limits, stored with the click. */
export type Evidence = Record<string, number | string | boolean | null>;

/** What the guard counted for a click; null when it was away. */
export interface Counts {
  /** Clicks within the window of this rule's velocity, this one included. */
  count: number;
  /** How much the ad was clicked before this batch; null without a counter. */
  counter: CounterReading | null;
}

/** What a rule says of a click: what it saw when it fires, null when it doesn't, or that it couldn't run. */
export type Finding = Evidence | null | 'not_run';

/** What a rule does; what it needs of the guard may be left out. */
export type RuleCore = Pick<Rule, 'find'> & Partial<Pick<Rule, 'velocity' | 'needsCounter' | 'needsVisitor'>>;

/** A rule with its settings in force: a pure function of a click and its counters. */
export interface Rule extends Pick<RuleFacts, 'strength' | 'kind'> {
  name: RuleName;
  /** Counted and stored, flags nothing. */
  isShadow: boolean;
  /** What the guard must count for it; null when it doesn't apply to this click. No function: it needs no count. */
  velocity: ((click: Click) => VelocityRequest | null) | null;
  /** Needs the ad's counter. */
  needsCounter: boolean;
  /** Judges what one visitor did: of a click without a known visitor it is said that the rule did not run. */
  needsVisitor: boolean;
  /** `counts` is null when the rule asked the guard for something and it was away. */
  find(click: Click, counts: Counts | null): Finding;
}
