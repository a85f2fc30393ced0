import type { Page } from 'playwright-core';

type Question = Record<string, unknown>;
interface Line {
  index: number;
}

/** Every way to ask for figures, but the stream. */
export const QUESTIONS = /\/api\/v1\/analytics\/(aggregate|questions)\b/;

/** Has the server refuse some of the questions that a page asks together, as if their store was away. Resolves with what ends that. */
export async function refuseQuestions(
  page: Page,
  isRefused: (question: Question) => boolean,
): Promise<() => Promise<void>> {
  const path = '**/api/v1/analytics/questions*';
  await page.route(path, async (route) => {
    const { questions } = route.request().postDataJSON() as { questions: Question[] };
    const lines = (await (await route.fetch()).text()).trimEnd().split('\n');
    const told = lines.map((text) => {
      const { index } = JSON.parse(text) as Line;
      if (!isRefused(questions[index] ?? {})) return text;
      return JSON.stringify({ index, status: 503, error: { code: 'unavailable', message: 'away' } });
    });
    await route.fulfill({ contentType: 'application/x-ndjson', body: `${told.join('\n')}\n` });
  });
  return () => page.unroute(path);
}

/** Has the answers to questions with this grouping come some frames after those to the others, from the next document on. */
export const answerLate = (page: Page, groupBy: string): Promise<void> =>
  page
    .addInitScript((name) => {
      const real = window.fetch;
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      window.fetch = async (input, init) => {
        const response = await real(input, init);
        if (!String(input).includes('/analytics/questions') || !response.ok) return response;
        const { questions } = JSON.parse(String(init?.body)) as { questions: { group_by?: string }[] };
        const lines = (await response.text()).trimEnd().split('\n');
        const isLate = (line: string) =>
          questions[(JSON.parse(line) as { index: number }).index]?.group_by === name;
        const encode = (part: string[]) => new TextEncoder().encode(part.map((line) => `${line}\n`).join(''));
        const body = new ReadableStream({
          async start(controller) {
            controller.enqueue(encode(lines.filter((line) => !isLate(line))));
            for (let i = 0; i < 5; i++) await frame();
            controller.enqueue(encode(lines.filter(isLate)));
            controller.close();
          },
        });
        return new Response(body, { status: response.status });
      };
    }, groupBy)
    .then(() => undefined);
