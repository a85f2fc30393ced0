/** The link that the clients follow. */
export const LINK_PATH = '/r/faults';

/** A click as the clients know it. It may be part of several requests: a retry under another cover is the same click. */
export interface SentClick {
  /** Its name in the run; the click's `referrer` carries it through all stores. */
  marker: string;
  /** What is sent. */
  body: Record<string, unknown>;
  /** What the server said became of it, every time that it said so. */
  answers: ClickAnswer[];
}

export interface ClickAnswer {
  status: number;
  clickId: string;
  isDuplicate: boolean;
  /** Null: a redirect tells nobody. */
  isFraudulent: boolean | null;
}

/** One request, however often it is sent: the same bytes, the same key. */
export interface Operation {
  key: string | null;
  /** `LINK_PATH`: somebody follows a link, once. */
  route: '/api/v1/clicks' | '/api/v1/clicks/batch' | typeof LINK_PATH;
  clicks: readonly SentClick[];
  body: string;
  /** Whether the server can tell a retry from another click: by a key, or by an id for each click. */
  isIdentified: boolean;
  /** Bodies of its 200s and 202s, in the order they came. */
  acknowledgements: { status: number; body: string }[];
  /** Attempts whose fate the client does not know: no answer, or one that promises nothing. */
  unknownAttempts: number;
}

/** All that the clients did and heard. */
export class History {
  readonly operations: Operation[] = [];
  readonly clicks = new Map<string, SentClick>();
  /** Attempts by what came of them: a status, or the name of an error. */
  readonly outcomes = new Map<string, number>();

  add(operation: Operation): void {
    this.operations.push(operation);
    for (const click of operation.clicks) this.clicks.set(click.marker, click);
  }

  count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}
