import type { ClickHouseClient } from '@clickhouse/client';
import type pg from 'pg';
import { type AttributionDecision, appendAttributions } from '../ledger/append-attributions.js';
import { type Holders, readConversionStates, readHolders, type StoredClick } from './conversion-states.js';
import { type Decision, decide } from './decide.js';
import { type Found, type FoundClick, findCandidates } from './find-candidates.js';
import { leaveQueue } from './queue.js';

export interface AttributeParts {
  /** The one of the lock that the relay works under: who has lost it stores nothing. */
  session: pg.ClientBase;
  client: ClickHouseClient;
  nowMs: number;
  /** The newest chunk that was looked through. */
  mark: number;
}

/**
 * Decides again to which clicks some conversions of a tenant belong, stores what has changed, and takes them out of the queue, all in one
 * transaction. Said again, it changes nothing. One that somebody has changed meanwhile stays in the queue.
 *
 * @returns how many have another state now
 * @throws what a store says; nothing is changed then
 */
export async function attribute(
  parts: AttributeParts,
  tenantId: number,
  conversionIds: readonly string[],
): Promise<number> {
  const { session, client, nowMs, mark } = parts;
  const states = await readConversionStates(session, tenantId, conversionIds);
  const found = await findCandidates(
    { session, client, tenantId },
    states.filter(({ status }) => status !== 'retracted'),
  );
  const holders = await readAllHolders(session, tenantId, found);
  const decisions: AttributionDecision[] = [];
  for (const one of found) {
    const next = nextState(one, decideOne(one, holders.get(one.conversion.action) ?? null, nowMs), nowMs);
    if (next) decisions.push({ tenantId, checkedTo: mark, ...next });
  }
  await session.query('BEGIN');
  try {
    const stored = await appendAttributions(session, decisions, nowMs);
    const isStored = new Set(stored.map(({ conversionId }) => conversionId));
    const refused = new Set(
      decisions.flatMap(({ conversionId }) => (isStored.has(conversionId) ? [] : [conversionId])),
    );
    await leaveQueue(
      session,
      tenantId,
      conversionIds.filter((id) => !refused.has(id)),
      mark,
    );
    await session.query('COMMIT');
    return stored.length;
  } catch (error) {
    await session.query('ROLLBACK');
    throw error;
  }
}

/** By action, of those that count one conversion for each click: which clicks have one. */
async function readAllHolders(
  session: pg.ClientBase,
  tenantId: number,
  found: readonly Found[],
): Promise<Map<string, Holders>> {
  const clickIds = new Map<string, Set<string>>();
  for (const { conversion, candidates } of found) {
    if (!conversion.isOnePerClick) continue;
    const ids = clickIds.get(conversion.action) ?? new Set();
    for (const { clickId } of candidates) ids.add(clickId);
    clickIds.set(conversion.action, ids);
  }
  const holders = new Map<string, Holders>();
  for (const [action, ids] of clickIds)
    holders.set(action, await readHolders(session, tenantId, action, [...ids]));
  return holders;
}

/** @param holders of its action, and changed with the decision: the next conversion finds its click taken. Null: a click may have many. */
function decideOne(
  { conversion, candidates, isOtherAccounts }: Found,
  holders: Holders | null,
  nowMs: number,
): Decision<FoundClick> {
  const { conversionId, givenClickId } = conversion;
  const decision = decide(
    {
      ...conversion,
      clickId: givenClickId,
      nowMs,
      isOtherAccounts,
      isTaken: (clickId, view) => (holders?.[view].get(clickId) ?? conversionId) !== conversionId,
    },
    candidates,
  );
  if (holders) {
    hold(holders.valid, conversionId, conversion.click, decision.click);
    hold(holders.all, conversionId, conversion.anyClick, decision.anyClick);
  }
  return decision;
}

function hold(
  holders: Map<string, string>,
  conversionId: string,
  before: StoredClick | null,
  click: FoundClick | null,
): void {
  if (before && holders.get(before.clickId) === conversionId) holders.delete(before.clickId);
  if (click) holders.set(click.clickId, conversionId);
}

/** What is to be stored of a decision; null: it says nothing new. */
function nextState(
  { conversion, candidates }: Found,
  { status, reason, click, anyClick }: Decision<FoundClick>,
  nowMs: number,
): Omit<AttributionDecision, 'tenantId'> | null {
  const has = (stored: StoredClick) => candidates.some(({ clickId }) => clickId === stored.clickId);
  // The ledger has dropped it: nobody judges it any more.
  if (conversion.click && !has(conversion.click)) return null;
  if (status === 'waiting') return null;
  const isSame =
    conversion.status === status &&
    (click?.clickId ?? null) === (conversion.click?.clickId ?? null) &&
    (anyClick?.clickId ?? null) === (conversion.anyClick?.clickId ?? null);
  if (isSame && (conversion.reason === reason || !TOLD_ANEW.has(reason))) return null;
  return {
    conversionId: conversion.conversionId,
    revision: conversion.revision,
    cause: causeOf({ conversion, candidates }, click, nowMs),
    status,
    reason,
    click,
    // Left out where there is no other one, before and now: the ledger then reads one click.
    ...(isOneClick(conversion) && isOneClick({ click, anyClick }) ? {} : { anyClick }),
  };
}

type HasId = { clickId: string } | null;
const isOneClick = ({ click, anyClick }: { click: HasId; anyClick: HasId }): boolean =>
  click?.clickId === anyClick?.clickId;

/** Reasons that a conversion without a click may get in place of another one; the others are about what was found at first. */
const TOLD_ANEW: ReadonlySet<string> = new Set(['click_flagged', 'already_converted']);

function causeOf(
  { conversion, candidates }: Pick<Found, 'conversion' | 'candidates'>,
  click: FoundClick | null,
  nowMs: number,
): AttributionDecision['cause'] {
  const before = conversion.click;
  const isFlaggedNow = candidates.some(
    ({ clickId, isFraudulent }) => clickId === before?.clickId && isFraudulent,
  );
  if (isFlaggedNow) return 'click_flagged';
  if (conversion.status !== 'waiting' && click?.isAdjusted) return 'click_cleared';
  if (conversion.status === 'waiting' && !click && nowMs >= conversion.giveUpAtMs) return 'expired';
  return 'matched';
}
