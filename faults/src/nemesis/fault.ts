import type { Chance } from '@clickledger/traffic';

/** Something bad that can be done to a part of the system. */
export interface Fault {
  /** Of which sort it is: a row of the table. */
  kind: string;
  /** To what: a column of the table. */
  target: string;
  /** Parts that no other fault may touch at the same time. */
  parts: readonly string[];
  /** Does it, lets it last, and undoes it. Everything random is drawn before the first wait, so that the seed replays it. */
  run(chance: Chance): Promise<void>;
}
