import type { AggregateReply } from '@clickledger/contract';
import { otherCores, startSpending } from '../../processes.js';
import { questions } from '../../query/questions.js';
import { median } from '../../report/table.js';
import { runStage } from '../../stage.js';
import { ask, quiet } from '../server-state.js';
import { type PairStage, singleClicks, using } from '../stage.js';

const ROUNDS = 5;
const CLICKS_PER_SECOND = 5_000;
const IDLE_GOAL_MS = 100;
const INGESTING_GOAL_MS = 60;
const DAY_MS = 86_400_000;

type Asked = Map<string, string>;

/** The campaign and the ad with the most clicks. */
interface Largest {
  campaign: string;
  ad: string;
}

async function largestOf(url: string): Promise<Largest> {
  const endMs = Date.now();
  const largest = async (by: 'campaign_id' | 'ad_id') => {
    const parameters = {
      start_time: new Date(endMs - 30 * DAY_MS).toISOString(),
      end_time: new Date(endMs).toISOString(),
      granularity: 'total',
      group_by: by,
      limit: '1',
    };
    const { data } = await ask<AggregateReply>(url, `analytics/aggregate?${new URLSearchParams(parameters)}`);
    return String(data[0]?.[by]);
  };
  return { campaign: await largest('campaign_id'), ad: await largest('ad_id') };
}

/** The questions of `npm run bench:query` that a time is promised for, ending now: name to path. */
function pathsOf(largest: Largest): Asked {
  const end_time = new Date().toISOString();
  const newest = (filter: Record<string, string>) =>
    `clicks?${new URLSearchParams({ end_time, limit: '100', ...filter })}`;
  return new Map([
    ...questions(Date.now(), largest)
      .filter(({ goal }) => goal)
      .map(
        ({ name, parameters }) => [name, `analytics/aggregate?${new URLSearchParams(parameters)}`] as const,
      ),
    ['click log: newest 100', newest({})],
    ['click log: newest 100 of the largest campaign', newest({ campaign_id: largest.campaign })],
    ['flagged clicks: newest 100', newest({ flagged: 'true' })],
  ]);
}

/** Asks question after question, in rounds, until `isOver`: none is measured hot from its own repeat. Median milliseconds by name. */
async function askAll(url: string, largest: Largest, isOver: (round: number) => boolean) {
  const tookMs = new Map<string, number[]>();
  for (let round = 0; !isOver(round); round++)
    for (const [name, path] of pathsOf(largest)) {
      const startedAt = performance.now();
      await ask(url, path);
      const ms = performance.now() - startedAt;
      if (round > 0) tookMs.set(name, [...(tookMs.get(name) ?? []), ms]); // the first round is for caches
    }
  return new Map([...tookMs].map(([name, all]) => [name, median(all)]));
}

function figuresOf(medians: Map<string, number>): Record<string, number> {
  const all = [...medians.values()];
  const over = (ms: number) => all.filter((one) => one > ms).length;
  return {
    questions: all.length,
    'slowest p50 ms': Math.max(...all),
    'middle p50 ms': median(all),
    'sum of p50 ms': all.reduce((sum, one) => sum + one, 0),
    [`over ${IDLE_GOAL_MS} ms`]: over(IDLE_GOAL_MS),
    [`over ${INGESTING_GOAL_MS} ms`]: over(INGESTING_GOAL_MS),
  };
}

/** The dashboard's questions over HTTP, of the demo's month: idle, and while single clicks come in. */
export const query: PairStage = {
  isLong: true,
  async measure(subject, { seconds }) {
    const dataDir = await subject.filled();
    return using(subject.start(dataDir), async (system) => {
      const largest = await largestOf(system.url);
      await quiet(system);
      const spentSince = startSpending(system.roots);
      const idle = await askAll(system.url, largest, (round) => round > ROUNDS);
      const idleSpent = spentSince();
      let isOver = false;
      const load = runStage(system, 'query', singleClicks(CLICKS_PER_SECOND, 2 * seconds)).finally(() => {
        isOver = true;
      });
      // At least one round that counts, though the load may be over by then.
      const [ingesting, result] = await Promise.all([
        askAll(system.url, largest, (round) => isOver && round > 1),
        load,
      ]);
      const slowest = (medians: Map<string, number>) => [...medians].sort((a, b) => b[1] - a[1]);
      return {
        figures: {
          idle: { ...figuresOf(idle), 'cores of other programs': otherCores(idleSpent) },
          [`${CLICKS_PER_SECOND.toLocaleString('en')} clicks/s`]: {
            ...figuresOf(ingesting),
            'click p99 ms': result.load.p99,
            'cores of other programs': result.otherCores,
          },
        },
        details: { idle: slowest(idle), ingesting: slowest(ingesting) },
      };
    });
  },
};
