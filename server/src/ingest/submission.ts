import type { BatchEntryReply } from '@clickledger/contract';
import type { Click } from './click.js';

/** One HTTP request's clicks on their way to the ledger. */
export interface Submission {
  tenantId: number;
  idempotency: { key: string; bodyHash: string } | null;
  /** The valid clicks of the request, in order. */
  clicks: readonly Click[];
  /** Makes the body of the reply from what became of the clicks, in the same order. */
  reply: (outcomes: readonly ClickOutcome[]) => string;
  /** Of the request, for the log. */
  requestId?: string | undefined;
  /** Its header of this name, for traces. */
  traceparent?: string | undefined;
}

export interface ClickOutcome {
  clickId: string;
  isDuplicate: boolean;
  isFraudulent: boolean;
}

/** What a request is answered with once its clicks are on disk. */
export interface Answer {
  /** True when nothing new was stored: 200 instead of 202. */
  isRepeat: boolean;
  body: string;
}

export type Refusal =
  | 'queue_full'
  | 'ledger_unavailable'
  | 'key_in_flight'
  | 'key_reused'
  | 'stopping'
  | 'not_storable'
  | 'ledger_refused';

/** Why a request was not taken; nothing of it is acknowledged. */
export class Refused extends Error {
  override name = 'Refused';

  constructor(readonly reason: Refusal) {
    super(reason);
  }
}

export const successReply = (outcome: ClickOutcome): BatchEntryReply => ({
  success: true,
  click_id: outcome.clickId,
  is_duplicate: outcome.isDuplicate,
  is_fraudulent: outcome.isFraudulent,
});

/** The body of the reply to a request that brought one click. */
export const replyToOne = ([outcome]: readonly ClickOutcome[]): string =>
  JSON.stringify(successReply(outcome as ClickOutcome));
