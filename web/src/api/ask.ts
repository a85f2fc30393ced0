import { type AggregateReply, LIMITS, type Mode, type QuestionLine } from '@clickledger/contract';
import pLimit from 'p-limit';
import { shownMode } from '../state/test-data.js';
import { ApiError, apiErrorOf, call, inTurn, QUERY_TIMEOUT_MS, request, toApiError } from './http.js';
import { hasStream } from './stream.js';

/** Somebody who waits for the answer to a question. */
interface Asker {
  /** The question, as a query string. */
  query: string;
  signal: AbortSignal;
  answer: (reply: AggregateReply) => void;
  fail: (error: unknown) => void;
}

/** Questions that wait for the end of the moment in which they are asked, by the data that they are about. */
const waiting = new Map<Mode, Asker[]>();

/** Figures are what people wait for: one request for them goes out beside those that a page makes for names. */
const ahead = pLimit(1);
/** A connection has to stay free for health: beside a stream, or another request ahead, figures wait for their turn. */
const inFiguresTurn = <T>(work: () => Promise<T>): Promise<T> =>
  (hasStream() || ahead.activeCount > 0 ? inTurn : ahead)(work);

/**
 * The answer to a question, in the form of the query string of `GET /analytics/aggregate`. What is asked in the same moment goes out in
 * one request, and each question is answered as soon as it can be. Throws `ApiError`.
 */
export function ask(query: string, signal: AbortSignal, data: Mode = shownMode()): Promise<AggregateReply> {
  return new Promise((answer, fail) => {
    signal.addEventListener('abort', () => fail(signal.reason), { once: true });
    const asker = { query, signal, answer, fail };
    const gathered = waiting.get(data);
    if (gathered) return void gathered.push(asker);
    waiting.set(data, [asker]);
    // After the timers that are due now: panels that ask every few seconds do so at the same moment, each by a timer of its own.
    setTimeout(() => send(data), 0);
  });
}

function send(data: Mode): void {
  const all = (waiting.get(data) ?? []).filter(({ signal }) => !signal.aborted);
  waiting.delete(data);
  for (let i = 0; i < all.length; i += LIMITS.questionsMax)
    void sendTogether(all.slice(i, i + LIMITS.questionsMax), data);
}

/** One request for these questions; it ends when nobody waits for it any more. */
async function sendTogether(askers: readonly Asker[], data: Mode): Promise<void> {
  const [first] = askers;
  if (!first) return;
  if (askers.length === 1) {
    const { query, signal } = first;
    return call('GET /api/v1/analytics/aggregate', { query, signal, data }).then(first.answer, first.fail);
  }
  const end = new AbortController();
  const leave = () => askers.every(({ signal }) => signal.aborted) && end.abort();
  for (const { signal } of askers) signal.addEventListener('abort', leave, { once: true });
  try {
    await inFiguresTurn(async () => {
      end.signal.throwIfAborted();
      for await (const line of linesFrom(askers, data, end)) {
        const asker = askers[line.index];
        if ('reply' in line) asker?.answer(line.reply);
        else asker?.fail(apiErrorOf(line.status, line, (line.retry_after_seconds ?? 0) * 1_000));
      }
    });
    throw new ApiError(0, 'unreachable', 'The response ended early.');
  } catch (error) {
    // Nothing, to those who have their answer.
    for (const { fail } of askers) fail(error);
  }
}

/** The lines of the reply as they come. Throws `ApiError`, also when none comes for as long as a question may take. */
async function* linesFrom(
  askers: readonly Asker[],
  data: Mode,
  end: AbortController,
): AsyncGenerator<QuestionLine> {
  const silence = () =>
    end.abort(new ApiError(0, 'timeout', `No response within ${QUERY_TIMEOUT_MS / 1_000} s.`));
  let timer = setTimeout(silence, QUERY_TIMEOUT_MS);
  try {
    const response = await request('/api/v1/analytics/questions', {
      method: 'POST',
      headers: { accept: 'application/x-ndjson', 'content-type': 'application/json' },
      body: JSON.stringify({ questions: askers.map(({ query }) => toParameters(query)) }),
      signal: end.signal,
      data,
      timeoutMs: QUERY_TIMEOUT_MS * askers.length,
    });
    if (!response.ok) throw await toApiError(response);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      clearTimeout(timer);
      timer = setTimeout(silence, QUERY_TIMEOUT_MS);
      const lines = (rest + part.value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as QuestionLine;
    }
  } catch (error) {
    if (end.signal.aborted) throw end.signal.reason;
    throw error instanceof ApiError ? error : new ApiError(0, 'unreachable', 'Can’t reach the server.');
  } finally {
    clearTimeout(timer);
  }
}

/** The parameters of a query string; those that it repeats are lists. */
export function toParameters(query: string): Record<string, string | string[]> {
  const given = new URLSearchParams(query);
  const parameters: Record<string, string | string[]> = {};
  for (const name of new Set(given.keys())) {
    const values = given.getAll(name);
    parameters[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return parameters;
}
