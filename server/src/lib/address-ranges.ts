import ipaddr from 'ipaddr.js';
import { normalizeAddress } from './address.js';
import { ipv4NumberOf } from './ipv4.js';

const IPV4_BITS = 32;
const IPV6_BITS = 128;

/** A text is no address range. */
export class NotARange extends Error {
  override name = 'NotARange';
}

/** An address as a number. IPv4 and IPv6 are numbers of their own; mapped IPv4 is IPv4. */
function numberOf(address: string): bigint {
  const v4 = ipv4NumberOf(address);
  if (v4 >= 0) return BigInt(v4);
  const bytes = ipaddr.IPv6.parse(address).toByteArray();
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

interface Range {
  isV4: boolean;
  start: bigint;
  bits: number;
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; host bits are cut off. Throws `NotARange`. */
export function parseRange(text: string): Range {
  const [head = '', length, ...rest] = text.trim().split('/');
  const address = normalizeAddress(head);
  if (address === null || rest.length > 0) throw new NotARange(`Not an address or CIDR range: ${text}`);
  const isV4 = ipv4NumberOf(address) >= 0;
  const bitsMax = isV4 ? IPV4_BITS : IPV6_BITS;
  if (length !== undefined && !/^\d{1,3}$/.test(length))
    throw new NotARange(`Not an address or CIDR range: ${text}`);
  const bits = length === undefined ? bitsMax : Number(length);
  if (bits > bitsMax) throw new NotARange(`At most ${bitsMax} bits: ${text}`);
  const host = BigInt(bitsMax - bits);
  return { isV4, start: (numberOf(address) >> host) << host, bits };
}

/** Values by address range; the longest range that holds an address wins. One map look-up for each length in use. */
export class AddressRanges<V> {
  /** By length, the longest first. */
  readonly #v4: { bits: number; size: number; values: Map<number, V> }[] = [];
  readonly #v6: { bits: number; host: bigint; values: Map<bigint, V> }[] = [];
  #size = 0;

  constructor(entries: Iterable<readonly [range: string, value: V]> = []) {
    for (const [range, value] of entries) this.add(range, value);
  }

  /** Ranges that were added. */
  get size(): number {
    return this.#size;
  }

  /** Replaces the value of the same range. Throws `NotARange`. */
  add(range: string, value: V): void {
    const { isV4, start, bits } = parseRange(range);
    if (isV4)
      ofLength(this.#v4, bits, () => ({ bits, size: 2 ** (IPV4_BITS - bits), values: new Map() })).values.set(
        Number(start),
        value,
      );
    else
      ofLength(this.#v6, bits, () => ({
        bits,
        host: BigInt(IPV6_BITS - bits),
        values: new Map(),
      })).values.set(start, value);
    this.#size++;
  }

  /** The value of the range that holds this address (in canonical form, see `normalizeAddress`); undefined: none. */
  find(address: string): V | undefined {
    if (this.#size === 0) return undefined;
    const v4 = ipv4NumberOf(address);
    if (v4 >= 0) {
      for (const { size, values } of this.#v4) {
        const value = values.get(v4 - (v4 % size));
        if (value !== undefined) return value;
      }
      return undefined;
    }
    if (this.#v6.length === 0) return undefined;
    const number = numberOf(address);
    for (const { host, values } of this.#v6) {
      const value = values.get((number >> host) << host);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

/** The entry of this length, made in its place, the longest first, if there is none yet. */
function ofLength<T extends { bits: number }>(lengths: T[], bits: number, make: () => T): T {
  const at = lengths.findIndex((one) => one.bits <= bits);
  const found = lengths[at];
  if (found?.bits === bits) return found;
  const made = make();
  lengths.splice(at === -1 ? lengths.length : at, 0, made);
  return made;
}
