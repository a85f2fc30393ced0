import { execFile, execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '@clickledger/server/lib/backoff.js';
import type { Fault } from './fault.js';

/** A small file system in memory for a store's data. Throws when this user may not mount one. */
export function mountSmallDisk(dir: string, bytes: number): { unmount: () => void } {
  execFileSync(
    'mount',
    ['-t', 'tmpfs', '-o', `size=${Math.round(bytes)},mode=0755`, 'clickledger-faults', dir],
    {
      stdio: 'pipe',
    },
  );
  return { unmount: () => execFileSync('umount', ['-l', dir], { stdio: 'pipe' }) };
}

/** Fills the file system of a store to the last byte, and frees it again. */
export function diskFault(store: { name: string; dir: string; back: () => Promise<void> }): Fault {
  return {
    kind: 'disk full',
    target: store.name,
    parts: [store.name],
    async run(chance) {
      const lastsMs = chance.between(500, 4_000);
      const ballast = join(store.dir, 'ballast');
      try {
        await fill(ballast);
        await sleep(lastsMs);
      } finally {
        rmSync(ballast, { force: true });
      }
      await store.back();
    },
  };
}

/** In a process of its own: the proxies and clients of this one must not stand still meanwhile. */
function fill(file: string): Promise<void> {
  return new Promise((resolve) => execFile('dd', ['if=/dev/zero', `of=${file}`, 'bs=256k'], () => resolve()));
}
