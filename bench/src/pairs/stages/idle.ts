import { setTimeout as sleep } from 'node:timers/promises';
import { type Spent, startSpending } from '../../processes.js';
import { runStage } from '../../stage.js';
import { quiet } from '../server-state.js';
import { byPart, type PairStage, singleClicks, using } from '../stage.js';

const CLICKS_PER_SECOND = 2;

/** Of one core, in percent, by part. */
function shares({ seconds, cpuSeconds, otherCpuSeconds }: Spent): Record<string, number> {
  const percents = Object.entries(cpuSeconds).map(([part, spent]) => [part, (100 * spent) / seconds]);
  const parts = byPart(Object.fromEntries(percents), (part) => `${part} %`);
  return { ...parts, 'other programs %': (100 * otherCpuSeconds) / seconds };
}

/** What a system with the demo's month takes while nobody uses it, and with two clicks a second. */
export const idle: PairStage = {
  isLong: true,
  async measure(subject, { idleSeconds }) {
    const dataDir = await subject.filled();
    return using(subject.start(dataDir), async (system) => {
      await quiet(system);
      const idleSince = startSpending(system.roots);
      await sleep(idleSeconds * 1_000);
      const nothing = shares(idleSince());
      const withClicksSince = startSpending(system.roots);
      await runStage(system, 'idle', singleClicks(CLICKS_PER_SECOND, idleSeconds, { connections: 2 }));
      return {
        figures: { 'nothing to do': nothing, 'two clicks a second': shares(withClicksSince()) },
      };
    });
  },
};
