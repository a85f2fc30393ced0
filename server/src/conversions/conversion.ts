import type { WrongConversion } from '@clickledger/contract';
import type { NewConversion } from '../ledger/append-conversions.js';
import { Told } from '../lib/told.js';

/** A conversion that was checked by itself, before the ledger is asked. */
export interface IncomingConversion extends Omit<NewConversion, 'tenantId' | 'source' | 'madeBy'> {
  /** An import may bring conversions of any age. */
  isImport: boolean;
}

/** What became of a conversion; `conversionId` of a repeat is the first one's. */
export type ConversionOutcome = { conversionId: string; isDuplicate: boolean } | { wrong: WrongConversion };

/** One request's conversions on their way to the ledger. */
export interface ConversionSubmission extends Pick<NewConversion, 'tenantId' | 'source' | 'madeBy'> {
  /** With a key, the reply is kept: whoever comes with the key again gets the same. */
  idempotency: { key: string; bodyHash: string; writeReply: WriteConversionReply } | null;
  /** In order. */
  conversions: readonly IncomingConversion[];
  /** The only one of its request: when it is wrong, so is the request. */
  isAlone: boolean;
  requestId: string;
}

/** Makes the body of a reply from what became of the conversions of its request, in their order. */
export type WriteConversionReply = (outcomes: readonly ConversionOutcome[]) => string;

/** What became of a request; of one that came with a known key, the reply that was kept. */
export type ConversionAnswer =
  | { isRepeat: boolean; outcomes: readonly ConversionOutcome[] }
  | { isRepeat: boolean; reply: string };

/** 400: a conversion that is wrong, with the field and a code. */
export class RefusedConversion extends Told {
  constructor(readonly wrong: WrongConversion) {
    super(400, wrong.code, 'The conversion is wrong.');
  }

  override get body() {
    return { error: this.wrong };
  }
}

/** 503: too many conversions wait for the ledger. */
export class ConversionsFull extends Told {
  constructor() {
    super(503, 'queue_full', 'Too many conversions wait for the ledger. Nothing was stored; try again.', 1);
  }
}
