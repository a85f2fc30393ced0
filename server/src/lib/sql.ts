import type pg from 'pg';

/** What a function of this folder needs to ask: a pool, or a client in the middle of a transaction. */
export type Database = Pick<pg.ClientBase, 'query'>;

/** A column of time as ISO 8601 in UTC with milliseconds. */
export const ISO_UTC = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
