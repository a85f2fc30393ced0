import { watchFreshness } from '../../freshness.js';
import { quantile } from '../../load/open-loop.js';
import { runStage } from '../../stage.js';
import type { Figures } from '../figures.js';
import { type PairStage, rateName, singleClicks, using } from '../stage.js';

const PROBE_EVERY_MS = 200;

/** From a click's reply to its being in an answer, at each rate. A stage of its own: looking costs queries. */
export const freshness: PairStage = {
  isLong: false,
  measure: ({ start }, { rates, seconds }) =>
    using(start(), async (system) => {
      const figures: Figures = {};
      for (const rate of rates) {
        const probes = watchFreshness(system.url, {}, PROBE_EVERY_MS);
        let ages: number[] = [];
        try {
          await runStage(system, 'freshness', singleClicks(rate, seconds));
        } finally {
          ages = await probes.stop();
        }
        const sorted = Float64Array.from(ages);
        figures[rateName(rate)] = {
          'fresh p50 ms': quantile(sorted, 0.5),
          'fresh p99 ms': quantile(sorted, 0.99),
        };
      }
      return { figures };
    }),
};
