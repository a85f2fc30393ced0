import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Listed } from '../click/facts.js';
import { AddressRanges } from '../lib/address-ranges.js';

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

/** Entries that are taken in one go: some milliseconds, after which requests have their turn. */
const SLICE = 1_000;

/**
 * Makes one tenant's look-up: maps, so that its time does not grow with the lists. Made in slices: one tenant's long list must not
 * hold up everybody's clicks.
 */
export async function makeFindListed(entries: readonly ListEntry[]): Promise<FindListed> {
  if (entries.length === 0) return NOBODY_LISTED;
  // A host is listed with its subdomains, a user agent whole.
  const users = new Map<string, Entries>();
  const agents = new Map<string, Entries>();
  const hosts = new Map<string, Entries>();
  const texts = { allow: new Map<string, Entries>(), block: new Map<string, Entries>() };
  const ranges = { allow: new AddressRanges<Entries>(), block: new AddressRanges<Entries>() };
  const others = { user: users, user_agent: agents, referrer_host: hosts };
  for (const [i, entry] of entries.entries()) {
    if (i % SLICE === SLICE - 1) await nextTurn();
    const { kind, list, value } = entry;
    const map = kind === 'address' ? texts[list] : others[kind];
    const same = map.get(value);
    // Several of one range: one that has expired hides no other.
    if (same) same.push(entry);
    else {
      const first = [entry];
      map.set(value, first);
      if (kind === 'address') ranges[list].add(value, first);
    }
  }

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

/** Most labels of a host that are looked up. */
const LABELS_MAX = 8;

/** `a.b.example` is also `b.example` and `example`. */
function hostsOf(referrer: string): string[] {
  if (!URL.canParse(referrer)) return [];
  const labels = new URL(referrer).hostname.split('.').slice(-LABELS_MAX);
  return labels.map((_, i) => labels.slice(i).join('.'));
}
