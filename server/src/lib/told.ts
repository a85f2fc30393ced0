import type { ErrorReply, ValidationErrorReply } from '@clickledger/contract';

/** An error whose status, code and message are for the client that caused it. Every other error is one that nobody expected. */
export class Told extends Error {
  constructor(
    /** HTTP status of the reply. */
    readonly status: number,
    /** Stable, for programs. */
    readonly code: string,
    message: string,
    /** When to try again, in seconds; null when nothing says that trying again helps. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.name = new.target.name;
  }

  get body(): ErrorReply | ValidationErrorReply {
    return { error: { code: this.code, message: this.message } };
  }
}

/** There is nothing of that name or id, for this caller: 404. */
export class NotFound extends Told {
  constructor(message: string) {
    super(404, 'not_found', message);
  }
}

/** A request that asks for what can not be answered: 400, in the shape of a validation error. */
export class Invalid extends Told {
  constructor(
    message: string,
    /** The field that is wrong; null: the request as a whole. */
    readonly field: string | null = null,
  ) {
    super(400, 'invalid', message);
  }

  override get body(): ValidationErrorReply {
    return this.field === null
      ? { error: { formErrors: [this.message], fieldErrors: {} } }
      : { error: { formErrors: [], fieldErrors: { [this.field]: [this.message] } } };
  }
}
