// npm run bench:neighbors: what one tenant's floods do to another tenant's clicks, figures, stream and alerts.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { StatsReply } from '@clickledger/contract';
import { startClickLedger } from '../systems/clickledger.js';
import { end } from '../systems/system.js';
import { Receivers, sendRobots } from './alerts.js';
import type { FloodTask } from './flood-process.js';
import { type Counters, FLOODS, type FloodName, fillLists, LIST_ENTRIES } from './floods.js';
import { type Seen, watchNeighbor } from './neighbor.js';
import { neighborsReport, type Phase } from './report.js';
import { ask, makeTenants, type Tenant } from './tenants.js';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '20' },
    // Of the phases in which an alert is waited for: they are looked for once a minute. 0: none is waited for.
    'alert-seconds': { type: 'string', default: '75' },
    // Of the flood of clicks, in all.
    clicks: { type: 'string', default: '1000000' },
    floods: { type: 'string', default: Object.keys(FLOODS).join(',') },
    out: { type: 'string', default: 'bench/results' },
  },
});
const ALERT_SECONDS = Number(flags['alert-seconds']);
const DEAD_DELIVERIES = 30;
const SETTLE_MS_MAX = 60_000;
const SETTLE_EVERY_MS = 1_000;
const SETTLED_LOOKS = 3;
const FLOOD_PROCESS = fileURLToPath(new URL('./flood-process.js', import.meta.url));

/** Floods until it is stopped; tells what it did. */
function startFlood(task: FloodTask): { stop: () => Promise<Record<string, Counters>> } {
  const child = spawn(process.execPath, [FLOOD_PROCESS, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += String(data)));
  return {
    async stop() {
      await end(child);
      return JSON.parse(said || '{}') as Record<string, Counters>;
    },
  };
}

/** Resolves when analytics holds what the last flood brought: the next phase is not to pay for it. */
async function settled(tenant: Tenant): Promise<void> {
  const deadline = Date.now() + SETTLE_MS_MAX;
  for (let quiet = 0; quiet < SETTLED_LOOKS && Date.now() < deadline; ) {
    await sleep(SETTLE_EVERY_MS);
    const reply = await ask(tenant, '/api/v1/admin/stats');
    const { lag } = (await reply.json()) as StatsReply;
    quiet = lag.rows === 0 ? quiet + 1 : 0;
  }
}

let clicksLeft = Number(flags.clicks);

async function runPhase(
  name: string,
  floods: FloodName[],
  { neighbor, flooding }: { neighbor: Tenant; flooding: Tenant },
  receivers: Receivers | null,
): Promise<Phase> {
  const seconds = receivers ? ALERT_SECONDS : Number(flags.seconds);
  if (receivers && floods.length > 0)
    for (let i = 0; i < DEAD_DELIVERIES; i++) await sendRobots(flooding, `dead-${randomUUID()}`);
  const flood =
    floods.length > 0 ? startFlood({ tenant: flooding, names: floods, clicksMax: clicksLeft }) : null;
  let seen: Seen;
  let alertMs: number | null;
  let did: Record<string, Counters> = {};
  try {
    [seen, alertMs] = await Promise.all([
      watchNeighbor(neighbor, seconds),
      receivers ? receivers.timeToAlert(neighbor, `alert-${randomUUID()}`) : null,
    ]);
  } finally {
    did = (await flood?.stop()) ?? {};
  }
  clicksLeft -= did.clicks?.clicks ?? 0;
  await settled(flooding);
  const phase = { name, seen, alertMs, flood: did, load: loadavg()[0] ?? 0 };
  console.log(JSON.stringify(phase));
  return phase;
}

/** Each of a phase of its own: one flood, or some at once, as in `clicks+streams`. */
const phasesAsked = flags.floods
  .split(',')
  .map((names) => names.split('+').filter((name): name is FloodName => name in FLOODS));
const names = [...new Set(phasesAsked.flat())];
const system = await startClickLedger({
  redis: false,
  env: { WEBHOOK_PRIVATE_RANGES: '127.0.0.1' },
});
const receivers = new Receivers();
const asked = ALERT_SECONDS > 0 ? receivers : null;
const phases: Phase[] = [];
try {
  const tenants = await makeTenants(system.url);
  await receivers.open(tenants);
  if (names.includes('lists')) await fillLists(tenants.flooding, LIST_ENTRIES);
  await watchNeighbor(tenants.neighbor, 5); // for caches
  for (let round = 0; round < Number(flags.rounds); round++) {
    phases.push(await runPhase('quiet', [], tenants, asked));
    for (const floods of phasesAsked) phases.push(await runPhase(floods.join(' + '), floods, tenants, null));
    if (asked) phases.push(await runPhase('all, and dead webhooks', names, tenants, asked));
  }
  const report = neighborsReport(phases);
  mkdirSync(flags.out, { recursive: true });
  writeFileSync(`${flags.out}/neighbors.md`, `${report}\n`);
  writeFileSync(
    `${flags.out}/neighbors.json`,
    `${JSON.stringify({ phases, unanswered: receivers.unanswered })}\n`,
  );
  console.log(report);
} finally {
  receivers.close();
  await system.stop();
}
