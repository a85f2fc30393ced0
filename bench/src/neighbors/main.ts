// npm run bench:neighbors: what one tenant's floods do to another tenant's clicks, figures, stream and alerts.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startClickLedger } from '../systems/clickledger.js';
import { end } from '../systems/system.js';
import { Receivers, sendRobots } from './alerts.js';
import type { FloodTask } from './flood-process.js';
import { FLOODS, type FloodName, type Tally } from './floods.js';
import { type Seen, watchNeighbor } from './neighbor.js';
import { neighborsReport, type Phase } from './report.js';
import { makeTenants, type Tenant } from './tenants.js';

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
const FLOOD_PROCESS = fileURLToPath(new URL('./flood-process.js', import.meta.url));

/** Floods until it is stopped; tells what it did. */
function startFlood(task: FloodTask): { stop: () => Promise<Record<string, Tally>> } {
  const child = spawn(process.execPath, [FLOOD_PROCESS, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += String(data)));
  return {
    async stop() {
      await end(child);
      return JSON.parse(said || '{}') as Record<string, Tally>;
    },
  };
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
  let did: Record<string, Tally> = {};
  try {
    [seen, alertMs] = await Promise.all([
      watchNeighbor(neighbor, seconds),
      receivers ? receivers.timeToAlert(neighbor, `alert-${randomUUID()}`) : null,
    ]);
  } finally {
    did = (await flood?.stop()) ?? {};
  }
  clicksLeft -= did.clicks?.clicks ?? 0;
  const phase = { name, seen, alertMs, flood: did, load: loadavg()[0] ?? 0 };
  console.log(JSON.stringify(phase));
  return phase;
}

const names = flags.floods.split(',').filter((name): name is FloodName => name in FLOODS);
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
  await watchNeighbor(tenants.neighbor, 5); // for caches
  for (let round = 0; round < Number(flags.rounds); round++) {
    phases.push(await runPhase('quiet', [], tenants, asked));
    for (const name of names) phases.push(await runPhase(name, [name], tenants, null));
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
