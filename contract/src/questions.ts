import { z } from 'zod';
import { AggregateParameters, AggregateReply } from './analytics.js';
import { ErrorReply, ValidationErrorReply } from './errors.js';
import { LIMITS } from './limits.js';

const { $schema: _, ...PARAMETERS_SCHEMA } = z.toJSONSchema(AggregateParameters, {
  io: 'input',
  unrepresentable: 'any',
});

/** The body of `POST /analytics/questions`. A question is checked when its turn comes: one that is wrong costs the others nothing. */
export const QuestionsInput = z.strictObject({
  questions: z
    .array(z.unknown().meta(PARAMETERS_SCHEMA))
    .min(1, 'At least 1 question')
    .max(LIMITS.questionsMax, `At most ${LIMITS.questionsMax} questions`)
    .describe('Each with the parameters of `GET /api/v1/analytics/aggregate`'),
});
export type QuestionsInput = z.infer<typeof QuestionsInput>;

/** A line of the reply: the answer to one question. */
export const QuestionAnswered = z.object({
  /** The place of the question in the request, from 0. */
  index: z.int(),
  status: z.literal(200),
  reply: AggregateReply,
});
export type QuestionAnswered = z.infer<typeof QuestionAnswered>;

/** A line of the reply: why one question has no answer, with the status and the body that it would get by itself. */
export const QuestionRefused = z.object({
  index: z.int(),
  status: z.int().min(400),
  error: z.union([ErrorReply.shape.error, ValidationErrorReply.shape.error]),
  /** When to ask again; only where that may help. */
  retry_after_seconds: z.int().optional(),
});
export type QuestionRefused = z.infer<typeof QuestionRefused>;
export type QuestionLine = QuestionAnswered | QuestionRefused;
