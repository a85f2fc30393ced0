import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder } from '../../folders.js';
import { startSpending } from '../../processes.js';
import { caughtUp } from '../server-state.js';
import { byPart, type Measured, type PairStage, type Subject, using } from '../stage.js';

/** Runs `npm run demo` of a build against its running server. */
async function runDemo({ serverDist }: Subject, dataDir: string, clicks: number): Promise<void> {
  const script = join(serverDist, 'tools/cli/demo.js');
  const args = ['--max-semi-space-size=64', script, '--no-live', '--clicks', String(clicks)];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = () => child.kill('SIGTERM');
  process.once('exit', stop);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  process.off('exit', stop);
  if (code !== 0) throw new Error(`the demo ended with ${code}`);
}

/** Fills a fresh store with the demo's month: seconds until all of it is in analytics, and what that costs a click. */
export async function fillStore(subject: Subject, dataDir: string, clicks: number): Promise<Measured> {
  return using(subject.start(dataDir), async (system) => {
    const spentSince = startSpending(system.roots);
    await runDemo(subject, dataDir, clicks);
    await caughtUp(system.url);
    const { seconds, cpuSeconds } = spentSince();
    const perClick = Object.fromEntries(
      Object.entries(cpuSeconds).map(([part, spent]) => [part, (spent / clicks) * 1e6]),
    );
    return {
      figures: {
        demo: { 'visible after s': seconds, ...byPart(perClick, (part) => `CPU µs a click: ${part}`) },
      },
    };
  });
}

/** The demo's month, from its start until all of it is visible. Its making shares the cores, and is not in the CPU a click. */
export const demo: PairStage = {
  isLong: true,
  async measure(subject, { clicks }) {
    const dataDir = temporaryFolder('bench-filled');
    const measured = await fillStore(subject, dataDir, clicks);
    subject.keepFilled(dataDir);
    return measured;
  },
};
