import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { idsOfTree, startSpending, usageByPart } from './processes.js';

const BURN_SECONDS = 0.5;
const BURN = `while (process.cpuUsage().user < ${BURN_SECONDS * 1e6});`;
const PARENT = `
  process.stdin.once('data', () => {
    require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(BURN)}]);
    console.log('burnt');
  });
  console.log('ready');`;

it('counts the CPU of a child that has ended, as a PostgreSQL backend does', async () => {
  const child = spawn(process.execPath, ['-e', PARENT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const roots = [child.pid ?? 0];
  try {
    await once(child.stdout, 'data');
    const spentSince = startSpending(roots);
    child.stdin.write('go\n');
    await once(child.stdout, 'data');
    expect(idsOfTree(roots)).toEqual(roots);
    expect(spentSince().cpuSeconds.server).toBeGreaterThanOrEqual(BURN_SECONDS - 0.02);
    expect(usageByPart(roots).get('server')?.rssBytes).toBeGreaterThan(1e6);
  } finally {
    child.kill('SIGKILL');
  }
});
