// @vitest-environment happy-dom
import type { QuestionLine } from '@clickledger/contract';
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { renderPage } from '../testing/render-page.js';
import { useAnswers } from './answers.js';
import type { Question } from './questions.js';

// A page that goes closes its stream, which others would count.
afterEach(cleanup);

const ONE: Question = { asked: 'today', zone: 'UTC', granularity: 'total', filters: [] };

function Panels() {
  const { answers } = useAnswers('view', null, { first: ONE, second: { ...ONE, asked: 'yesterday' } });
  return <p>{`${answers.first?.reply?.total_clicks} ${answers.second?.error?.message}`}</p>;
}

it('questions of a page are asked once, in one request, and its stream is opened when all have an answer or an error', async () => {
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
  let end = (): void => undefined;
  const body = new ReadableStream({
    start(controller) {
      const say = (line: QuestionLine) =>
        controller.enqueue(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
      const reply = { start_time: '', end_time: '', data: [], total_clicks: 7, sources: [] };
      say({ index: 0, status: 200, reply });
      end = () => {
        say({ index: 1, status: 503, error: { code: 'unavailable', message: 'Away.' } });
        controller.close();
      };
    },
  });
  const { sent } = await renderPage(<Panels />, {
    answers: { 'POST /api/v1/analytics/questions': () => new Response(body) },
  });
  await screen.findByText('7 undefined');
  // Longer than a page waits with the stream of a view that is new.
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(streams).toEqual([]);
  end();
  await screen.findByText('7 Away.');
  await vi.waitFor(() => expect(streams).toHaveLength(1), 20_000);
  expect(new URLSearchParams(streams[0]?.split('?')[1]).getAll('q')).toHaveLength(2);
  const day = { granularity: 'total', timezone: 'UTC' };
  expect(sent[0]).toEqual({
    request: 'POST /api/v1/analytics/questions',
    body: {
      questions: [
        { ...day, range: 'today' },
        { ...day, range: 'yesterday' },
      ],
    },
  });
});
