import { crc32 } from 'node:zlib';
import type { Click } from '../../click/click.js';

/** Hex digits of a checksum, and the space behind them. */
const SUM_LENGTH = 9;

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** A click as a line of the journal: checksum and JSON. A click holds hashes, and no address. */
export function lineOf(click: Click): string {
  const text = JSON.stringify(click);
  return `${sumOf(text)} ${text}\n`;
}

/** The click of a line without its end; null for one that is not as it was written. */
export function clickOf(line: string): Click | null {
  const text = line.slice(SUM_LENGTH);
  if (line.slice(0, SUM_LENGTH) !== `${sumOf(text)} `) return null;
  try {
    return JSON.parse(text) as Click;
  } catch {
    return null;
  }
}

/**
 * The clicks of a segment.
 *
 * @returns with the number of lines that are damaged. The last one may be torn by a crash: nobody was answered for it.
 */
export function clicksIn(text: string): { clicks: Click[]; damaged: number } {
  const lines = text.split('\n');
  // Behind the last end of a line is nothing, or what a crash has cut.
  lines.pop();
  const clicks = lines.map(clickOf);
  const whole = clicks.filter((click) => click !== null);
  const isTornLast = clicks.at(-1) === null;
  return { clicks: whole, damaged: clicks.length - whole.length - (isTornLast ? 1 : 0) };
}
