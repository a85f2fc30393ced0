import { readFileSync } from 'node:fs';
import { AddressRanges } from '../lib/address-ranges.js';

/** Most ranges that a list may have; the largest public ones have some ten thousand. */
const RANGES_MAX = 500_000;

/** Whether an address (in canonical form) belongs to a data centre; null when no list is configured. */
export type DatacenterLookup = (address: string) => boolean | null;

/**
 * Reads a list of data-centre ranges: one address or CIDR range a line, `#` begins a comment. No list is packaged: those
 * with the owners of all networks are not licensed for it, so the operator chooses one.
 *
 * @throws what the file system says, `NotARange`, or `RangeError` for a list that is too long
 */
export function openDatacenterLookup(path: string | undefined): DatacenterLookup {
  if (path === undefined) return () => null;
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  if (lines.length > RANGES_MAX) throw new RangeError(`${path}: more than ${RANGES_MAX} ranges`);
  const ranges = new AddressRanges(lines.map((line) => [line, true] as const));
  return (address) => ranges.find(address) === true;
}
