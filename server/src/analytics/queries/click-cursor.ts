import { Invalid } from '../../lib/told.js';

/** The cursor is none that this API gave out. */
export class WrongCursor extends Invalid {
  constructor() {
    super('Not a cursor of this API', 'cursor');
  }
}

/** A click's place in the order of the log. */
export interface Position {
  clickedAtMs: number;
  clickId: string;
}

/** A place in the log, opaque to clients: they must not build on what is in it. */
export const encodeCursor = ({ clickedAtMs, clickId }: Position): string =>
  Buffer.from(`${clickedAtMs} ${clickId}`).toString('base64url');

/** @throws `WrongCursor` */
export function decodeCursor(cursor: string): Position {
  const match = /^(-?\d{1,14}) ([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match?.[1] || !match[2]) throw new WrongCursor();
  return { clickedAtMs: Number(match[1]), clickId: match[2] };
}
