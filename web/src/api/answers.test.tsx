// @vitest-environment happy-dom
import type { QuestionLine } from '@clickledger/contract';
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { renderPage } from '../testing/render-page.js';
import { useAnswers } from './answers.js';
import { POLL_MS } from './queries.js';
import type { Question } from './questions.js';

// A page that goes closes its stream, which others would count.
afterEach(cleanup);

const ONE: Question = { asked: 'today', zone: 'UTC', granularity: 'total', filters: [] };

function Panels() {
  const { answers } = useAnswers('view', null, { first: ONE, second: { ...ONE, asked: 'yesterday' } });
  return <p>{`${answers.first?.reply?.total_clicks} ${answers.second?.error?.message}`}</p>;
}

const REPLY = { start_time: '', end_time: '', data: [], total_clicks: 7, sources: [] };
const encode = (line: QuestionLine) => new TextEncoder().encode(`${JSON.stringify(line)}\n`);
const FIRST = encode({ index: 0, status: 200, reply: REPLY });
const SECOND = encode({ index: 1, status: 503, error: { code: 'unavailable', message: 'Away.' } });

it('a page asks once, in one request; it asks again, and opens its stream, when all have an answer or an error', async () => {
  const streams: string[] = [];
  vi.stubGlobal(
    'EventSource',
    class {
      constructor(url: string) {
        streams.push(url);
      }
      addEventListener = () => undefined;
      close = () => undefined;
    },
  );
  /** Ends of the replies that have come in part. */
  const ends: (() => void)[] = [];
  const slowReply = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(FIRST);
          ends.push(() => {
            controller.enqueue(SECOND);
            controller.close();
          });
        },
      }),
    );
  const alone = vi.fn(() => Response.json(REPLY));
  const { sent } = await renderPage(<Panels />, {
    answers: {
      'POST /api/v1/analytics/questions': slowReply,
      'GET /api/v1/analytics/aggregate': alone,
    },
  });
  await screen.findByText('7 undefined');
  await new Promise((resolve) => setTimeout(resolve, POLL_MS + 500));
  expect(alone).not.toHaveBeenCalled();
  expect(sent).toHaveLength(1);
  expect(streams).toEqual([]);

  ends[0]?.();
  await screen.findByText('7 Away.');
  await vi.waitFor(() => expect(streams).toHaveLength(1), 20_000);
  expect(new URLSearchParams(streams[0]?.split('?')[1]).getAll('q')).toHaveLength(2);
  // This stream says nothing: all are asked again, together, and the one that has never had an answer costs the stream nothing.
  await vi.waitFor(() => expect(ends).toHaveLength(2), 20_000);
  await screen.findByText('7 undefined');
  await new Promise((resolve) => setTimeout(resolve, 400));
  ends[1]?.();
  await screen.findByText('7 Away.');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(streams).toHaveLength(1);
  const day = { granularity: 'total', timezone: 'UTC' };
  const body = { questions: ['today', 'yesterday'].map((range) => ({ ...day, range })) };
  expect(sent.slice(0, 2)).toEqual([1, 2].map(() => ({ request: 'POST /api/v1/analytics/questions', body })));
});
