import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 5_000;
const DAY_MS = 86_400_000;

/** A dashboard that is being watched: what it asks every five seconds, until `stop` is called. */
export function watchDashboard(url: string): { stop: () => Promise<void> } {
  const controller = new AbortController();
  const ask = async () => {
    while (!controller.signal.aborted) {
      const end = new Date();
      const range = {
        start_time: new Date(end.getTime() - DAY_MS).toISOString(),
        end_time: end.toISOString(),
      };
      const questions: Record<string, string>[] = [
        { granularity: 'total' },
        { granularity: 'hour', fill: 'true' },
        ...['campaign_id', 'country', 'device_type'].map((group_by) => ({
          granularity: 'total',
          group_by,
          limit: '10',
        })),
      ];
      await Promise.all(
        questions.map((question) =>
          fetch(`${url}/api/v1/analytics/aggregate?${new URLSearchParams({ ...range, ...question })}`).then(
            (reply) => reply.arrayBuffer(),
            () => undefined,
          ),
        ),
      );
      await sleep(EVERY_MS, undefined, { signal: controller.signal }).catch(() => undefined);
    }
  };
  const work = ask();
  return {
    async stop() {
      controller.abort();
      await work;
    },
  };
}
