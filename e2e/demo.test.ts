import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const dataDir = mkdtempSync(join(tmpdir(), 'clickledger-demo-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** The command on the test's directory; the server that it needs is its own affair. */
function demo(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['server/dist/tools/cli/demo.js', ...args], {
    env: { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

it('fills an empty system, starting and ending the server, and leaves a filled one alone', async () => {
  const first = await demo('--clicks', '5000', '--no-live');
  expect(first.output).toMatch(/5000 clicks of a month/);
  expect(first.code).toBe(0);
  const second = await demo('--clicks', '5000', '--no-live');
  expect(second.output).toMatch(/has 5000 clicks already/);
  expect(second.code).toBe(1);
});

it('says how it is used', async () => {
  const { code, output } = await demo('--clicks', 'many');
  expect(output).toMatch(/Usage: npm run demo/);
  expect(code).toBe(1);
});
