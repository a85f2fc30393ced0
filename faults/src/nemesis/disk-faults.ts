import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '@clickledger/server/backoff.js';
import type { Fault } from './fault.js';

const BLOCK = Buffer.alloc(4 * 1_024 * 1_024);

/** A small file system in memory for a store's data. Throws when this user may not mount one. */
export function mountSmallDisk(dir: string, bytes: number): { unmount: () => void } {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'clickledger-faults', dir], {
    stdio: 'pipe',
  });
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
        fill(ballast, store.dir);
        await sleep(lastsMs);
      } finally {
        rmSync(ballast, { force: true });
      }
      await store.back();
    },
  };
}

function fill(file: string, dir: string): void {
  const fd = openSync(file, 'w');
  try {
    for (let free = 1; free > 0; ) {
      writeSync(fd, BLOCK);
      const { bavail, bsize } = statfsSync(dir);
      free = bavail * bsize;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(fd);
  }
}
