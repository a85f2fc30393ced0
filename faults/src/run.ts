import { sleep } from '@clickledger/server/lib/backoff.js';
import { messageOf } from '@clickledger/server/lib/log.js';
import { Chance } from '@clickledger/traffic';
import { check } from './checker/check.js';
import { foldRunningDays, readStored } from './checker/stored.js';
import { Clients } from './clients/clients.js';
import { makeLink } from './clients/follow-link.js';
import { History } from './history.js';
import { Nemesis } from './nemesis/nemesis.js';
import { SABOTAGE } from './sabotage.js';
import { startEmbedded } from './topology/embedded.js';
import { startServers } from './topology/servers.js';
import type { Topology } from './topology/topology.js';

export interface RunOptions {
  topology: 'embedded' | 'servers';
  seed: number;
  seconds: number;
  operationsPerSecond: number;
  /** Longest time until an acknowledged request is sent again, in milliseconds. */
  againMsMax: number;
  sabotage?: string | undefined;
  /** Only faults whose kind begins so. */
  only?: string | undefined;
  say: (line: string) => void;
}

export interface RunReport {
  topology: Topology['name'];
  seed: number;
  seconds: number;
  clicks: { sent: number; acknowledged: number; stored: number; flagged: number };
  requests: number;
  /** Attempts by what came of them. */
  attempts: Record<string, number>;
  faults: { kind: string; target: string; count: number }[];
  notRun: readonly string[];
  findings: string[];
}

/** After the faults: how long clients may take until all of theirs is acknowledged. */
const FINISH_MS_MAX = 90_000;

/** One run: clients and faults for a while, then all is healed, and the stores are held against the history. */
export async function run(options: RunOptions): Promise<RunReport> {
  const { seed, seconds, say } = options;
  const chance = new Chance(seed);
  const history = new History();
  say(`seed ${seed}: starting ${options.topology}`);
  const topology = await (options.topology === 'embedded' ? startEmbedded() : startServers(seconds));
  const interrupted = () => void topology.stop().finally(() => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    if (options.sabotage !== undefined) {
      const sabotage = SABOTAGE[options.sabotage];
      if (!sabotage || topology.name !== 'servers')
        throw new Error(`Sabotages, of the topology "servers": ${Object.keys(SABOTAGE).join(', ')}`);
      await sabotage(await topology.open());
    }
    // The embedded stores can only be opened once the server has stopped.
    const areDaysFilled = topology.name === 'servers';
    if (areDaysFilled) await foldRunningDays(await topology.open());
    await makeLink(topology.urls());
    const clients = new Clients({ ...options, urls: topology.urls, chance: chance.fork(), history });
    const faults = topology.faults.filter(({ kind }) => kind.startsWith(options.only ?? ''));
    const nemesis = new Nemesis(faults, chance.fork(), say);
    clients.start();
    const trouble = nemesis.run();
    await sleep(seconds * 1_000);
    nemesis.stop();
    await trouble;
    say('healing');
    const { findings } = topology;
    for (const failure of nemesis.failures) say(`a fault could not be done: ${failure}`);
    await within(topology.heal(), findings);
    if (!(await clients.finish(FINISH_MS_MAX))) findings.push('after healing, requests are still refused');
    await within(topology.caughtUp(), findings);
    say('checking');
    const stored = await readStored(await topology.open(), areDaysFilled);
    findings.push(...check(history, stored).lines());
    return {
      topology: topology.name,
      seed,
      seconds,
      clicks: {
        sent: history.clicks.size,
        acknowledged: [...history.clicks.values()].filter((click) => click.answers.length > 0).length,
        stored: stored.ledger.length,
        flagged: stored.flagged.length,
      },
      requests: history.operations.length,
      attempts: Object.fromEntries([...history.outcomes].sort()),
      faults: topology.faults.map((fault) => ({
        kind: fault.kind,
        target: fault.target,
        count: nemesis.done.get(fault) ?? 0,
      })),
      notRun: topology.notRun,
      findings,
    };
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
    await topology.stop();
  }
}

/** What does not come to pass is a finding. */
async function within(work: Promise<void>, findings: string[]): Promise<void> {
  try {
    await work;
  } catch (error) {
    findings.push(messageOf(error));
  }
}
