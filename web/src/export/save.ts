import { wallClock } from '@clickledger/contract';
import type { Range } from '../lib/range.js';

/** How long a saved file's address is kept for the browser to read it, in milliseconds. */
const KEPT_MS = 60_000;

/** Hands a file to the browser to save. */
export function saveFile(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}

/** `clickledger-campaigns-2026-11-01-2026-11-24`: what is in a file, and the days of the range in its zone. */
export function fileName({ startMs, endMs, zone }: Range, what: string): string {
  const day = (ms: number) => new Date(wallClock(ms, zone)).toISOString().slice(0, 10);
  const name = what
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return `clickledger-${name}-${day(startMs)}-${day(endMs - 1)}`;
}
