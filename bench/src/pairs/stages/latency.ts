import { quantile } from '../../load/open-loop.js';
import { runStage, type StageResult } from '../../stage.js';
import { startFloor } from '../../systems/floor.js';
import type { BenchSystem } from '../../systems/system.js';
import type { Figures } from '../figures.js';
import { caughtUp, watchRelay } from '../server-state.js';
import { byPart, type PairOptions, type PairStage, rateName, singleClicks, using } from '../stage.js';

interface Load {
  name: string;
  rate: number;
  segments: 1 | 2;
}

/** Every rate for clients that send a request in one segment; the middle one also for those that send head and body apart. */
function loadsOf({ rates }: PairOptions): Load[] {
  const middle = rates[Math.floor(rates.length / 2)] ?? 0;
  return [
    ...rates.map((rate): Load => ({ name: rateName(rate), rate, segments: 1 })),
    { name: `${rateName(middle)}, two segments`, rate: middle, segments: 2 },
  ];
}

/** What a load took and cost. */
export function figuresOf({ load, cores, cpuPerMillion, otherCores }: StageResult): Record<string, number> {
  const answered = Object.values(load.statuses).reduce((sum, count) => sum + count, 0);
  const accepted = (load.statuses[200] ?? 0) + (load.statuses[202] ?? 0);
  const perAccepted = Object.fromEntries(
    Object.entries(cpuPerMillion).map(([part, micros]) => [part, (micros * answered) / accepted]),
  );
  return {
    'p50 ms': load.p50,
    'p99 ms': load.p99,
    'p99.9 ms': load.p999,
    'accepted/s': load.acceptedPerSecond,
    'not accepted': answered - accepted + load.unsent,
    ...byPart(perAccepted, (part) => `CPU µs a click: ${part}`),
    cores: byPart(cores, (part) => part).all ?? 0,
    'cores of other programs': otherCores,
  };
}

async function measureLoads(system: BenchSystem & { url?: string }, options: PairOptions): Promise<Figures> {
  const figures: Figures = {};
  const { url } = system;
  for (const { name, rate, segments } of loadsOf(options)) {
    const relay = url === undefined ? null : watchRelay(url);
    const task = singleClicks(rate, options.seconds, { segments });
    try {
      const result = await runStage(system, name, task, async () => {
        if (url !== undefined) await caughtUp(url);
      });
      figures[name] = figuresOf(result);
    } finally {
      const seen = await relay?.stop();
      if (seen && figures[name])
        figures[name] = { ...figures[name], 'chunk p50 ms': quantile(seen.chunkMs, 0.5), folds: seen.folds };
    }
  }
  return figures;
}

/** Latency from the intended send time, and CPU a click, at rising rates. */
export const latency: PairStage = {
  isLong: false,
  measure: ({ start }, options) =>
    using(start(), async (system) => ({ figures: await measureLoads(system, options) })),
  measureFloor: (options) =>
    using(startFloor(), async (system) => ({ figures: await measureLoads(system, options) })),
};

/** What is accepted when more is offered than it takes. */
export const saturation: PairStage = {
  isLong: false,
  measure: ({ start }, { saturation: rate, seconds }) =>
    using(start(), async (system) => {
      const task = singleClicks(rate, seconds);
      const result = await runStage(system, 'saturation', task, () => caughtUp(system.url));
      return { figures: { saturation: figuresOf(result) } };
    }),
};
