import { fromWallClock, wallClock } from '@clickledger/contract';

/** A moment as a `datetime-local` input has it, in a zone, to the minute. */
export const toLocalInput = (ms: number, zone: string): string =>
  new Date(wallClock(ms, zone)).toISOString().slice(0, 16);

/** The moment that such an input names; NaN while it names none. */
export const fromLocalInput = (text: string, zone: string): number =>
  fromWallClock(Date.parse(`${text}Z`), zone);
