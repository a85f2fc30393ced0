import pg from 'pg';
import { vi } from 'vitest';

/** Counts the statements whose text is like this that this process sends to PostgreSQL from now on, for what must wait a while. */
export function statementsLike(text: RegExp): { count(): number; stop(): void } {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  return {
    count: () =>
      query.mock.calls.filter((call) => {
        const [statement] = call as unknown[];
        return text.test(
          typeof statement === 'string' ? statement : String((statement as { text?: string })?.text),
        );
      }).length,
    stop: () => query.mockRestore(),
  };
}
