import { runStage } from '../../stage.js';
import { caughtUp } from '../server-state.js';
import { type PairStage, singleClicks, using } from '../stage.js';
import { figuresOf } from './latency.js';

const SIZE = 1_000;
/** Offered a second, more than is taken. */
const RATE = 60;
/** So few that their batches fit the queue: a refused batch costs its reading. */
const CONNECTIONS = 4;

/** Clicks a second through the batch route, when more are offered; all figures are of clicks, not of requests. */
export const batches: PairStage = {
  isLong: false,
  measure: ({ start }, { seconds }) =>
    using(start(), async (system) => {
      const task = singleClicks(RATE, seconds, { batchSize: SIZE, connections: CONNECTIONS });
      const result = await runStage(system, 'batches', task, () => caughtUp(system.url));
      const perRequest = figuresOf(result);
      const figures = Object.entries(perRequest).map(([name, value]) => {
        if (name.startsWith('CPU µs a click')) return [name, value / SIZE] as const;
        return [name, name === 'accepted/s' || name === 'not accepted' ? value * SIZE : value] as const;
      });
      return { figures: { 'batches of 1,000': Object.fromEntries(figures) } };
    }),
};
