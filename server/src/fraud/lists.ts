import { AddressRanges } from '../enrich/address-ranges.js';
import type { Listed } from './facts.js';

/** What of a click lists can name. */
export interface ListSubject {
  tenantId: number;
  /** Canonical; null when unknown. */
  address: string | null;
  userId: string | null;
  userAgent: string;
  referrer: string;
}

/** The entry that names a click, or null. An allow entry goes before a block entry: a mistake must be quick to undo. */
export type FindListed = (subject: ListSubject, nowMs: number) => Listed | null;

export const NOBODY_LISTED: FindListed = () => null;

export interface ListEntry extends Listed {
  value: string;
  /** Null: never. */
  expiresAtMs: number | null;
}

type Entries = ListEntry[];

/** Makes one tenant's look-up: maps, so that its time does not grow with the lists. */
export function makeFindListed(entries: readonly ListEntry[]): FindListed {
  if (entries.length === 0) return NOBODY_LISTED;
  const ofKind = (kind: Listed['kind']) => entries.filter((entry) => entry.kind === kind);
  // A host is listed with its subdomains, a user agent whole.
  const users = group(ofKind('user'));
  const agents = group(ofKind('user_agent'));
  const hosts = group(ofKind('referrer_host'));
  const addresses = ofKind('address');
  const ranges = {
    allow: new AddressRanges(grouped(addresses.filter(({ list }) => list === 'allow'))),
    block: new AddressRanges(grouped(addresses.filter(({ list }) => list === 'block'))),
  };

  return ({ address, userId, userAgent, referrer }, nowMs) => {
    const found: ListEntry[] = [];
    const add = (named: Entries | undefined) => {
      for (const entry of named ?? [])
        if (entry.expiresAtMs === null || entry.expiresAtMs > nowMs) found.push(entry);
    };
    if (userId !== null) add(users.get(userId));
    if (agents.size > 0) add(agents.get(userAgent));
    if (hosts.size > 0) for (const host of hostsOf(referrer)) add(hosts.get(host));
    if (address !== null) {
      add(ranges.allow.find(address));
      add(ranges.block.find(address));
    }
    const entry = found.find(({ list }) => list === 'allow') ?? found[0];
    return entry ? { list: entry.list, kind: entry.kind, entryId: entry.entryId } : null;
  };
}

function group(entries: readonly ListEntry[]): Map<string, Entries> {
  const map = new Map<string, Entries>();
  for (const entry of entries) {
    const same = map.get(entry.value);
    if (same) same.push(entry);
    else map.set(entry.value, [entry]);
  }
  return map;
}

/** Entries by range, so that one that has expired hides no other of the same range. */
const grouped = (entries: readonly ListEntry[]): [string, Entries][] => [...group(entries)];

/** Most labels of a host that are looked up. */
const LABELS_MAX = 8;

/** `a.b.example` is also `b.example` and `example`. */
function hostsOf(referrer: string): string[] {
  if (!URL.canParse(referrer)) return [];
  const labels = new URL(referrer).hostname.split('.').slice(-LABELS_MAX);
  return labels.map((_, i) => labels.slice(i).join('.'));
}
