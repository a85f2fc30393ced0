import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import {
  type ClickPlace,
  type LedgerClick,
  placesInAnalytics,
  placesInLedger,
  readClicks,
} from './click-places.js';
import type { ConversionState } from './conversion-states.js';
import type { Candidate } from './decide.js';
import { lastClicksOfUsers, type UserClicksQuestion } from './user-clicks.js';

const DAY_MS = 86_400_000;
/** A user's clicks are looked for in longer and longer times before the conversion, until a valid one is found: most come soon after it. */
const LOOKS_MS = [3_600_000, DAY_MS];

/** A click that may have led to a conversion, as the ledger has it. */
export type FoundClick = Candidate & LedgerClick;

/** A conversion and the clicks that it may belong to. */
export interface Found {
  conversion: ConversionState;
  candidates: FoundClick[];
  /** The click that it names is another account's. */
  isOtherAccounts: boolean;
}

interface Parts {
  session: pg.ClientBase;
  client: ClickHouseClient;
  tenantId: number;
}

/** Finds the clicks that some conversions of a tenant may belong to. Verdicts are those of the ledger. */
export async function findCandidates(
  parts: Parts,
  conversions: readonly ConversionState[],
): Promise<Found[]> {
  const found = conversions.map(
    (conversion): Found => ({ conversion, candidates: [], isOtherAccounts: false }),
  );
  await addGivenAndStored(parts, found);
  let beforeMs = 0;
  for (const lookMs of [...LOOKS_MS, Number.POSITIVE_INFINITY]) {
    const asked = found.flatMap((one) => {
      const question = questionOf(one, beforeMs, lookMs);
      return question ? [{ one, question }] : [];
    });
    if (asked.length > 0) await addClicksOfUsers(parts, asked);
    beforeMs = lookMs;
  }
  return found;
}

/** The clicks that conversions name, and those that they belong to now: a user who was forgotten leads to them no more. */
async function addGivenAndStored(
  { session, client, tenantId }: Parts,
  found: readonly Found[],
): Promise<void> {
  const places = new Map<string, ClickPlace>();
  for (const { conversion } of found)
    for (const stored of [conversion.click, conversion.anyClick])
      if (stored) places.set(stored.clickId, stored);
  const missing = (among: readonly Found[]) => [
    ...new Set(
      among.flatMap(({ conversion: { givenClickId } }) =>
        givenClickId !== null && !places.has(givenClickId) ? [givenClickId] : [],
      ),
    ),
  ];
  for (const place of await placesInLedger(session, tenantId, missing(found)))
    places.set(place.clickId, place);
  // Once: what comes in later is known by its ID.
  const others = new Set<string>();
  const neverLookedFor = found.filter(({ conversion }) => !conversion.wasLookedFor);
  for (const { tenantId: owner, ...place } of await placesInAnalytics(client, missing(neverLookedFor)))
    if (owner === tenantId) places.set(place.clickId, place);
    else others.add(place.clickId);
  const clicks = await readClicks(session, tenantId, [...places.values()]);
  for (const one of found) {
    const { givenClickId, click, anyClick } = one.conversion;
    one.isOtherAccounts = givenClickId !== null && !places.has(givenClickId) && others.has(givenClickId);
    const named = givenClickId === null ? undefined : clicks.get(givenClickId);
    if (named) one.candidates.push({ ...named, matchedBy: 'click_id' });
    for (const stored of [click, anyClick]) {
      const known = stored?.matchedBy === 'user_id' ? clicks.get(stored.clickId) : undefined;
      if (known) one.candidates.push({ ...known, matchedBy: 'user_id' });
    }
  }
}

/** Which clicks of its user a conversion lacks; null: none, for a click that counts more is known. */
function questionOf(
  { conversion, candidates }: Found,
  beforeMs: number,
  lookMs: number,
): UserClicksQuestion | null {
  const { userId, convertedAtMs, clickWindowDays, userWindowDays } = conversion;
  const windowMs = userWindowDays * DAY_MS;
  if (userId === null || beforeMs > windowMs) return null;
  const isSettled = candidates.some(
    ({ matchedBy, isFraudulent, clickedAtMs }) =>
      !isFraudulent &&
      clickedAtMs <= convertedAtMs &&
      clickedAtMs >=
        convertedAtMs - (matchedBy === 'click_id' ? clickWindowDays * DAY_MS : Math.min(windowMs, beforeMs)),
  );
  if (isSettled) return null;
  return {
    userId,
    fromMs: convertedAtMs - Math.min(windowMs, lookMs),
    toMs: convertedAtMs - beforeMs,
  };
}

async function addClicksOfUsers(
  { session, client, tenantId }: Parts,
  asked: readonly { one: Found; question: UserClicksQuestion }[],
): Promise<void> {
  const places = await lastClicksOfUsers(
    client,
    tenantId,
    asked.map(({ question }) => question),
  );
  const clicks = await readClicks(session, tenantId, distinct(places.flat()));
  asked.forEach(({ one }, place) => {
    for (const { clickId } of places[place] ?? []) {
      const click = clicks.get(clickId);
      if (click) one.candidates.push({ ...click, matchedBy: 'user_id' });
    }
  });
}

const distinct = (places: readonly ClickPlace[]): ClickPlace[] => [
  ...new Map(places.map((place) => [place.clickId, place])).values(),
];
