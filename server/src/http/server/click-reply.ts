import type { ClickReply } from '@clickledger/contract';
import type { Answer, ClickOutcome, WriteReply } from '../../ingest/submission.js';

/** The reply that is kept under the request's key, or one that is written now. */
export const bodyOf = (answer: Answer, writeReply: WriteReply): string =>
  'reply' in answer ? answer.reply : writeReply(answer.outcomes);

/** What is said of one click; `warnings` of what is not stored as it was sent. */
export const successReply = (outcome: ClickOutcome, warnings: readonly string[]): ClickReply => {
  const reply: ClickReply = {
    success: true,
    click_id: outcome.clickId,
    is_duplicate: outcome.isDuplicate,
    is_fraudulent: outcome.isFraudulent,
  };
  const { storedUnder } = outcome;
  if (storedUnder !== undefined)
    reply.warnings = [...warnings, `advertiser_id: stored under ${storedUnder}, the campaign's advertiser`];
  else if (warnings.length > 0) reply.warnings = [...warnings];
  return reply;
};

/** The body of the reply to a request that brought one click. In ASCII, as the fast path needs it: warnings repeat what was sent. */
export const replyToOne =
  (warnings: readonly string[]): WriteReply =>
  ([outcome]) => {
    const reply = successReply(outcome as ClickOutcome, warnings);
    const text = JSON.stringify(reply);
    return reply.warnings === undefined ? text : text.replace(/[^\0-\x7f]/g, escaped);
  };

const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
