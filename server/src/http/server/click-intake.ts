import type { IncomingHttpHeaders } from 'node:http';
import {
  IdempotencyKey,
  readClick,
  toValidationReply,
  type ValidationErrorReply,
} from '@clickledger/contract';
import type { Click } from '../../click/click.js';
import { deriveClickId } from '../../ingest/derive-id.js';
import type { Submission, WriteReply } from '../../ingest/submission.js';
import { bodyOf, replyToOne } from './click-reply.js';
import type { Services } from './services.js';

export type Invalid = ValidationErrorReply['error'];

/** What a request says of its clicks, beside its body. */
export interface Sender {
  tenantId: number;
  headers: IncomingHttpHeaders;
  /** The address it comes from, behind the proxies that are trusted; null when unknown. */
  address: string | null;
  /** Its Idempotency-Key. */
  key: string | null;
}

/** A click that is taken. */
export interface Taken {
  click: Click;
  /** What of it is not stored as it was sent, for the reply. */
  warnings: readonly string[];
}
const NO_WARNINGS: readonly string[] = [];

/** What of a request its retries and its trace are known by. */
export type Origin = Pick<Submission, 'requestId' | 'traceparent'> & {
  /** Of route and body: a key that comes again with another one is an error. */
  bodyHash: string;
};

/** Of clicks that are on disk. 200: nothing new was stored. */
export interface IntakeReply {
  status: 200 | 202;
  body: string;
}

/** A click that came alone and is taken. */
export interface TakenAlone {
  /** Resolves with the reply when the click is on disk; rejects with `Refused`. */
  commit(): Promise<IntakeReply>;
}

/** What the ways that bring clicks have in common, whoever reads their HTTP. */
export interface ClickIntake {
  /**
   * A checked and enriched click, or what is wrong with it.
   *
   * @param index among the clicks of its request, from 0
   * @param withoutAgent what a missing User-Agent header says of who clicked, see `PrepareContext`
   */
  read(body: unknown, sender: Sender, index: number, withoutAgent: '' | null): Taken | Invalid;
  /** `POST /api/v1/clicks`, whoever read its HTTP: a checked and enriched click, or what is wrong with it. */
  alone(body: unknown, sender: Sender, origin: Origin): TakenAlone | Invalid;
  /** Resolves with the reply when the clicks are on disk; rejects with `Refused`. */
  submit(
    clicks: readonly Click[],
    sender: Sender,
    origin: Origin,
    writeReply: WriteReply,
  ): Promise<IntakeReply>;
}

export function makeIntake(services: Services, role: NonNullable<Services['ingest']>): ClickIntake {
  const { ingest, prepare, meter } = role;
  const intake: ClickIntake = {
    alone(body, sender, origin) {
      const read = intake.read(body, sender, 0, '');
      if ('fieldErrors' in read) return read;
      return { commit: () => intake.submit([read.click], sender, origin, replyToOne(read.warnings)) };
    },
    read(body, { tenantId, headers, address, key }, index, withoutAgent) {
      const reading = readClick(body);
      if ('error' in reading) return toValidationReply(reading.error).error;
      const { input, notes } = reading;
      const isDerived = key !== null && input.click_id === undefined;
      const prepared = prepare(input, {
        tenantId,
        nowMs: services.now(),
        address,
        userAgentHeader: headers['user-agent'] ?? withoutAgent,
        derivedClickId: isDerived ? deriveClickId(tenantId, key, index) : null,
        isImport: false,
        isPrivate: services.signals?.obeys(tenantId, headers) ?? false,
      });
      if ('fieldErrors' in prepared) return { formErrors: [], fieldErrors: prepared.fieldErrors };
      return { click: prepared, warnings: notes.length === 0 ? NO_WARNINGS : notes.map(({ text }) => text) };
    },
    /** Measured here, from the queue to the commit, so that what waits in it counts. */
    async submit(clicks, { tenantId, key }, { bodyHash, requestId, traceparent }, writeReply) {
      const startedAt = performance.now();
      const idempotency = key === null ? null : { key, bodyHash, writeReply };
      const answer = await ingest.submit({ tenantId, idempotency, clicks, requestId, traceparent });
      meter.latency.ingest.observe(performance.now() - startedAt);
      return { status: answer.isRepeat ? 200 : 202, body: bodyOf(answer, writeReply) };
    },
  };
  return intake;
}

/** The Idempotency-Key that a request carries, null without one, or what is wrong with it. */
export function readKey(header: string | undefined): string | null | Invalid {
  if (header === undefined) return null;
  const parsed = IdempotencyKey.safeParse(header);
  if (parsed.success) return parsed.data;
  return {
    formErrors: [],
    fieldErrors: { 'Idempotency-Key': parsed.error.issues.map((issue) => issue.message) },
  };
}
