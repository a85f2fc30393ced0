import type { Click } from '../click/click.js';
import { Told } from '../lib/told.js';

/** One HTTP request's clicks on their way to the ledger. */
export interface Submission {
  tenantId: number;
  /** With a key, the reply is kept: whoever comes with the key again gets the same. */
  idempotency: { key: string; bodyHash: string; writeReply: WriteReply } | null;
  /** The valid clicks of the request, in order. */
  clicks: readonly Click[];
  /** Of the request, for the log. */
  requestId?: string | undefined;
  /** Its header of this name, for traces. */
  traceparent?: string | undefined;
}

export interface ClickOutcome {
  clickId: string;
  isDuplicate: boolean;
  isFraudulent: boolean;
  /** The advertiser that it is stored under, when it named another than its campaign's. */
  storedUnder?: string;
}

/** Makes the body of a reply from what became of the clicks of its request, in their order. */
export type WriteReply = (outcomes: readonly ClickOutcome[]) => string;

/** What became of a request whose clicks are on disk; of one with a key, the reply that is kept. `isRepeat`: nothing new was stored. */
export type Answer = { isRepeat: boolean } & ({ outcomes: readonly ClickOutcome[] } | { reply: string });

const RETRY_AFTER_SECONDS = 1;

export const REFUSALS = {
  queue_full: { status: 503, message: 'Too many clicks wait for the ledger. Nothing was stored; try again.' },
  ledger_unavailable: {
    status: 503,
    message: 'The ledger can not be reached. Nothing was acknowledged; try again.',
  },
  stopping: { status: 503, message: 'The server is stopping. Nothing was stored; try again.' },
  key_in_flight: {
    status: 409,
    message: 'The first request with this Idempotency-Key is still in flight; try again.',
  },
  key_reused: {
    status: 422,
    message: 'This Idempotency-Key was used with another body, or on another route.',
  },
  not_storable: {
    status: 422,
    message: 'A value of this request can not be stored. Nothing of it was; the log names the value.',
  },
  ledger_refused: { status: 500, message: 'The ledger refused this request; nothing of it was stored.' },
  internal: { status: 500, message: 'The server failed to store this. Nothing was acknowledged.' },
};

export type Refusal = keyof typeof REFUSALS;

/** Why a request was not taken; nothing of it is acknowledged. */
export class Refused extends Told {
  /** @param requestId of what is refused, for a message that has to be looked up in the log */
  constructor(
    readonly reason: Refusal,
    requestId?: string,
  ) {
    const { status, message } = REFUSALS[reason];
    const where =
      status === 500 && requestId !== undefined ? ` The log has the reason: request ${requestId}.` : '';
    super(status, reason, message + where, status === 503 || status === 409 ? RETRY_AFTER_SECONDS : null);
  }
}
