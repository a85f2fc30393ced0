import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import type { Fault } from '../nemesis/fault.js';

/** The stores as they are once everything is healed. */
export interface Stores {
  ledger: pg.Client;
  analytics: ClickHouseClient;
}

/** A system under test: its processes and stores, how clients reach it, and what can be done to it. */
export interface Topology {
  name: 'embedded' | 'servers';
  /** Where clients send clicks. */
  urls: () => readonly string[];
  faults: readonly Fault[];
  /** Faults that this machine does not allow, and why. */
  notRun: readonly string[];
  /** What went wrong that no fault explains, such as a server that ended by itself. */
  findings: string[];
  /** Ends whatever fault is left: all processes run, all connections are whole. Resolves when all is well. */
  heal(): Promise<void>;
  /** Resolves when analytics has every click that was committed. */
  caughtUp(): Promise<void>;
  /** Looks into both stores; ends the server first where the stores are its own. */
  open(): Promise<Stores>;
  stop(): Promise<void>;
}
