import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Longest text taken for an address: a full IPv6 address with an embedded IPv4 one (45), and a zone id. */
const ADDRESS_TEXT_LENGTH_MAX = 64;
/** `::ffff:a.b.c.d` as the URL standard writes it: two groups of hexadecimal digits (RFC 4291, section 2.5.5.2). */
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * The one canonical text of an address, so that one machine has one hash and one country: IPv4 in dotted decimal,
 * also when mapped into IPv6; IPv6 as in RFC 5952, lower-case and without a zone id. Null for anything else.
 */
export function normalizeAddress(text: string): string | null {
  if (text.length > ADDRESS_TEXT_LENGTH_MAX) return null;
  if (isIPv4(text)) return text;
  const zone = text.indexOf('%');
  const address = zone === -1 ? text : text.slice(0, zone);
  if (!isIPv6(address)) return null;
  // The URL parser is the platform's own canonical form of IPv6, and has no other way to be reached.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = MAPPED.exec(canonical);
  return mapped === null ? canonical : dotted(mapped[1] ?? '', mapped[2] ?? '');
}

const WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3})(?::[\w.-]{1,20})?$/;
const IN_BRACKETS = /^\[([^\]]{1,64})\](?::[\w.-]{1,20})?$/;

/** The address alone of one that proxies and logs write with a port, in brackets, or in quotes (RFC 7239, section 6). */
export function withoutPort(text: string): string {
  const plain = text.trim().replace(/^"(.*)"$/, '$1');
  return (WITH_PORT.exec(plain) ?? IN_BRACKETS.exec(plain))?.[1] ?? plain;
}

/** `normalizeAddress` of an address with or without a port. */
export const readAddress = (text: string): string | null => normalizeAddress(withoutPort(text));

function dotted(high: string, low: string): string {
  const h = Number.parseInt(high, 16);
  const l = Number.parseInt(low, 16);
  return `${h >> 8}.${h & 255}.${l >> 8}.${l & 255}`;
}

/**
 * The network that a canonical address is of: the /24 of IPv4, the /48 of IPv6, which is what a site is commonly given. As text
 * that is the same for all of its addresses and for no others.
 */
export const networkOf = (address: string): string =>
  address.includes(':') ? ipv6PrefixOf(address, 3).join(':') : address.slice(0, address.lastIndexOf('.'));

/** The first of the eight groups of an IPv6 address, in hexadecimal without leading zeros. Throws for what is none. */
export const ipv6PrefixOf = (address: string, groups: number): string[] =>
  ipaddr.IPv6.parse(address)
    .parts.slice(0, groups)
    .map((group) => group.toString(16));
