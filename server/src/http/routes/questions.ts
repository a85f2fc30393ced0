import { Readable } from 'node:stream';
import {
  ACCESS_TABLE,
  AggregateParameters,
  type AggregateReply,
  LIMITS,
  type QuestionLine,
} from '@clickledger/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { figureFieldsOf, mayAskWith } from '../../accounts/advertiser-view.js';
import { type Caller, NotAllowed } from '../../accounts/caller.js';
import { QUERIES_EACH_MAX } from '../../analytics/client.js';
import { asCompleted } from '../../lib/as-completed.js';
import { pickFields } from '../../lib/pick-fields.js';
import { takeFromRate } from '../server/authenticate.js';
import type { ErrorReplies } from '../server/errors.js';
import { packedReply } from '../server/packed-reply.js';
import { serve } from '../server/serve.js';
import type { Services } from '../server/services.js';

const PATH = '/api/v1/analytics/questions';
/** The rule of the route that answers one question: each is held to it. */
const RULE_OF_ONE = ACCESS_TABLE['GET /api/v1/analytics/aggregate'];
const Question = z.record(z.string(), z.unknown()).pipe(AggregateParameters);

/** Answers one question as `GET /analytics/aggregate` does. */
export type AnswerOne = (
  request: FastifyRequest,
  caller: Caller,
  parameters: AggregateParameters,
) => Promise<AggregateReply>;

/** A question of a request, with its places in it: equal ones are asked once. */
interface Asked {
  indexes: number[];
  parameters: AggregateParameters;
}

/** `POST /api/v1/analytics/questions`: a line for each question, as soon as it is answered. */
export function registerQuestions(
  app: FastifyInstance,
  services: Services,
  replies: ErrorReplies,
  answerOne: AnswerOne,
): void {
  const options = { bodyLimit: LIMITS.questionsBodyBytesMax };
  serve(app, `POST ${PATH}`, options, ({ request, reply, caller, body: { questions } }) => {
    const fields = figureFieldsOf(caller);
    const refuse = (indexes: number[], error: unknown): string => {
      const { id, method } = request;
      const { status, body, retryAfterSeconds } = replies.of(error, { id, method, route: PATH });
      const wait = retryAfterSeconds === null ? {} : { retry_after_seconds: retryAfterSeconds };
      return toLines(indexes, { status, ...body, ...wait });
    };

    // All are read before the first is answered: what is left of the key's rate is told in the header.
    const asked = new Map<string, Asked>();
    const refused: string[] = [];
    for (const [index, question] of questions.entries())
      try {
        if (!mayAskWith(RULE_OF_ONE, caller, Object(question))) throw new NotAllowed();
        const parameters = Question.parse(question);
        const key = JSON.stringify(parameters);
        const same = asked.get(key);
        if (same) same.indexes.push(index);
        else {
          // The request itself has taken for the first.
          if (index > 0) takeFromRate(services, request, reply);
          asked.set(key, { indexes: [index], parameters });
        }
      } catch (error) {
        refused.push(refuse([index], error));
      }

    const tasks = [...asked.values()].map(({ indexes, parameters }) => async () => {
      try {
        const answer = await answerOne(request, caller, parameters);
        const told = fields === null ? answer : (pickFields(answer, fields) as AggregateReply);
        return toLines(indexes, { status: 200, reply: told });
      } catch (error) {
        return refuse(indexes, error);
      }
    });
    async function* lines(): AsyncGenerator<string> {
      yield* refused;
      yield* asCompleted(tasks, QUERIES_EACH_MAX);
    }
    return packedReply(request, reply.type('application/x-ndjson'), Readable.from(lines()));
  });
}

type Told = QuestionLine extends infer Line
  ? Line extends QuestionLine
    ? Omit<Line, 'index'>
    : never
  : never;

const toLines = (indexes: readonly number[], told: Told): string =>
  indexes.map((index) => `${JSON.stringify({ index, ...told })}\n`).join('');
