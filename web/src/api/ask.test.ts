import { type AggregateReply, LIMITS } from '@clickledger/contract';
import { afterEach, expect, it, vi } from 'vitest';
import { ask, toParameters } from './ask.js';
import { ApiError, call } from './http.js';
import { closeStream, openStream } from './stream.js';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const replyOf = (clicks: number): AggregateReply => ({
  start_time: '2026-01-01T00:00:00.000Z',
  end_time: '2026-01-02T00:00:00.000Z',
  data: [],
  total_clicks: clicks,
  sources: [],
});

interface Sent {
  request: string;
  questions: Record<string, unknown>[];
  signal: AbortSignal;
  /** Answers with lines as they come. */
  say: (...lines: object[]) => void;
  end: () => void;
}

/** A server that answers when the test says so. */
function server(): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit & { signal: AbortSignal }) => {
    const { method = 'GET', body, signal } = init;
    signal.throwIfAborted();
    const out = new TransformStream<Uint8Array, Uint8Array>();
    const writer = out.writable.getWriter();
    signal.addEventListener('abort', () => void writer.abort(signal.reason).catch(() => undefined));
    sent.push({
      request: `${method} ${path}`,
      questions: typeof body === 'string' ? JSON.parse(body).questions : [],
      signal,
      say: (...lines) =>
        void writer.write(
          new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
        ),
      end: () => void writer.close(),
    });
    return new Response(out.readable);
  });
  return sent;
}
const never = () => new AbortController().signal;
const totalsOf = async (answers: Promise<AggregateReply>[]) =>
  (await Promise.all(answers)).map(({ total_clicks }) => total_clicks);

it('what is asked in the same moment is one request, and each has its answer when it comes', async () => {
  const sent = server();
  const slow = ask('range=today&os=iOS&os=Android&limit=5', never());
  const quick = ask('range=today', never());
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({
    request: 'POST /api/v1/analytics/questions',
    questions: [{ range: 'today', os: ['iOS', 'Android'], limit: '5' }, { range: 'today' }],
  });
  sent[0]?.say({ index: 1, status: 200, reply: replyOf(2) });
  expect(await totalsOf([quick])).toEqual([2]);
  sent[0]?.say({ index: 0, status: 200, reply: replyOf(1) });
  expect(await totalsOf([slow])).toEqual([1]);
  sent[0]?.end();
});

it('timers that are due at the same moment ask together', async () => {
  vi.useFakeTimers();
  const sent = server();
  const answers: Promise<unknown>[] = [];
  for (const query of ['range=today', 'range=last_24h'])
    setTimeout(() => answers.push(ask(query, never()).catch(() => null)), 5_000);
  await vi.advanceTimersByTimeAsync(5_001);
  expect(sent.map(({ questions }) => questions.length)).toEqual([2]);
  sent[0]?.end();
  await Promise.all(answers);
});

it('figures wait for no other question while no stream is open, and for their turn beside one', async () => {
  const sent = server();
  const leave = new AbortController();
  const others = Promise.allSettled(
    Array.from({ length: 4 }, (_, i) =>
      call('GET /api/v1/clicks/:click_id', { params: { click_id: i }, signal: leave.signal }),
    ),
  );
  await vi.waitFor(() => expect(sent).toHaveLength(4));
  const figures = () =>
    Promise.allSettled([ask('range=today', leave.signal), ask('range=last_1h', leave.signal)]);
  const first = figures();
  await vi.waitFor(() => expect(sent).toHaveLength(5));
  sent[4]?.end();
  await first;

  vi.stubGlobal(
    'EventSource',
    class {
      close = () => undefined;
    },
  );
  const stream = openStream('/api/v1/analytics/stream?q=range%3Dtoday');
  const second = figures();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(sent).toHaveLength(5);
  sent[0]?.end();
  await vi.waitFor(() => expect(sent).toHaveLength(6));
  closeStream(stream);
  leave.abort();
  await Promise.all([others, second]);
});

it('one alone is asked by its own address', async () => {
  const sent = server();
  const answer = ask('range=today&os=iOS', never(), 'test');
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.request).toBe('GET /api/v1/analytics/aggregate?range=today&os=iOS&mode=test');
  sent[0]?.say(replyOf(7));
  sent[0]?.end();
  expect(await totalsOf([answer])).toEqual([7]);
});

it('live and test data are asked apart, and no request has more questions than may be', async () => {
  const sent = server();
  const one = (i: number) => `range=last_${i + 1}d`;
  const answers = [
    ...Array.from({ length: LIMITS.questionsMax + 2 }, (_, i) => ask(one(i), never(), 'live')),
    ...Array.from({ length: 2 }, (_, i) => ask(one(i), never(), 'test')),
  ];
  await vi.waitFor(() => expect(sent).toHaveLength(3));
  const path = 'POST /api/v1/analytics/questions';
  expect(sent.map(({ request, questions }) => [request, questions.length])).toEqual([
    [path, LIMITS.questionsMax],
    [path, 2],
    [`${path}?mode=test`, 2],
  ]);
  for (const { questions, say, end } of sent) {
    say(...questions.map((_, index) => ({ index, status: 200, reply: replyOf(index) })));
    end();
  }
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
  expect(await totalsOf(answers)).toEqual([...upTo(LIMITS.questionsMax), ...upTo(2), ...upTo(2)]);
});

it('one that is refused is refused alone, with what the server says', async () => {
  const sent = server();
  const answers = [ask('range=today', never()), ask('range=x', never()), ask('range=last_1h', never())];
  const settled = Promise.allSettled(answers);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  sent[0]?.say(
    { index: 1, status: 400, error: { formErrors: [], fieldErrors: { range: ['Expected a range'] } } },
    { index: 2, status: 503, error: { code: 'unavailable', message: 'Away.' }, retry_after_seconds: 2 },
    { index: 0, status: 200, reply: replyOf(3) },
  );
  sent[0]?.end();
  const [fine, wrong, away] = await settled;
  expect(fine).toMatchObject({ value: { total_clicks: 3 } });
  expect(wrong).toMatchObject({
    reason: { status: 400, code: 'invalid', message: 'range: Expected a range' },
  });
  expect(away).toMatchObject({ reason: { status: 503, code: 'unavailable', retryAfterMs: 2_000 } });
});

it('a reply that is cut fails those who have no answer, and no others', async () => {
  const sent = server();
  const settled = Promise.allSettled([ask('range=today', never()), ask('range=last_1h', never())]);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  sent[0]?.say({ index: 0, status: 200, reply: replyOf(1) });
  sent[0]?.end();
  const [fine, cut] = await settled;
  expect(fine.status).toBe('fulfilled');
  expect(cut).toMatchObject({ reason: { status: 0, code: 'unreachable' } });
});

it('a request that is refused as a whole is told to all of them', async () => {
  vi.stubGlobal('fetch', async () =>
    Response.json({ error: { code: 'unauthenticated', message: 'Sign in.' } }, { status: 401 }),
  );
  const settled = await Promise.allSettled([ask('range=today', never()), ask('range=last_1h', never())]);
  for (const one of settled) expect(one).toMatchObject({ reason: { status: 401, code: 'unauthenticated' } });
});

it('a server that is silent for as long as a question may take has timed out; one that goes on answering has not', async () => {
  vi.useFakeTimers();
  const sent = server();
  const settled = Promise.allSettled(
    ['range=today', 'range=last_1h', 'range=last_2h'].map((q) => ask(q, never())),
  );
  await vi.advanceTimersByTimeAsync(1);
  await vi.advanceTimersByTimeAsync(14_000);
  sent[0]?.say({ index: 0, status: 200, reply: replyOf(1) });
  await vi.advanceTimersByTimeAsync(14_000);
  sent[0]?.say({ index: 1, status: 200, reply: replyOf(1) });
  await vi.advanceTimersByTimeAsync(16_000);
  const ends = await settled;
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(ends[2]).toMatchObject({ reason: { status: 0, code: 'timeout' } });
  expect((ends[2] as PromiseRejectedResult).reason).toBeInstanceOf(ApiError);
});

it('one that nobody waits for any more is not sent, and a request ends when nobody waits for any of it', async () => {
  const sent = server();
  const [gone, first, second] = [new AbortController(), new AbortController(), new AbortController()];
  const settled = Promise.allSettled([
    ask('range=last_3h', gone.signal),
    ask('range=today', first.signal),
    ask('range=last_1h', second.signal),
  ]);
  gone.abort();
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.questions).toEqual([{ range: 'today' }, { range: 'last_1h' }]);
  first.abort();
  expect(sent[0]?.signal.aborted).toBe(false);
  second.abort();
  expect(sent[0]?.signal.aborted).toBe(true);
  for (const one of await settled) expect(one).toMatchObject({ reason: { name: 'AbortError' } });
});

it('a query string gives its parameters, repeated ones as lists', () => {
  expect(toParameters('os=iOS&os=&country=DE&search=a%26b&not_browser=')).toEqual({
    os: ['iOS', ''],
    country: 'DE',
    search: 'a&b',
    not_browser: '',
  });
});
