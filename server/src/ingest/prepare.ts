import { type ClickInput, cutText, LIMITS, stripControl } from '@clickledger/contract';
import type { Click } from '../click/click.js';
import type { ClickFacts } from '../click/facts.js';
import type { AgentClass } from '../enrich/agent-class.js';
import type { Hasher } from '../enrich/hasher.js';
import type { UserAgentParts } from '../enrich/user-agent.js';
import { type FindListed, NOBODY_LISTED } from '../fraud/lists.js';
import { readAddress } from '../lib/address.js';
import { BoundedCache } from '../lib/bounded-cache.js';

export interface PrepareDeps {
  enrich: {
    /** ISO 3166-1 alpha-2 of a canonical address; empty when unknown. */
    country(address: string): string;
    userAgent(userAgent: string): UserAgentParts;
    agentClass(userAgent: string): AgentClass;
    /** Null when no list of data centres is configured. */
    isDatacenter(address: string): boolean | null;
  };
  /** The lists in force. */
  findListed?: FindListed;
  hasher: Hasher;
  /** A fresh UUIDv7, which no other request can carry. */
  newId: () => string;
  /** How long the ledger sees a repeat; an older click could be counted twice, so only an import may bring it. */
  dedupWindowMs: number;
  /** Since when ids are known, in milliseconds since 1970; 0, the default, means always. See `declareDedupWindow`. */
  idsKnownSinceMs?: number;
}

export interface PrepareContext {
  tenantId: number;
  /** The server's time. */
  nowMs: number;
  /** The clicking person's address as text, not yet checked; null when unknown. */
  address: string | null;
  /**
   * The request's own User-Agent header, used when the click names none; may be of any length. Empty: a person's browser
   * sent none. Null: whoever reports this click for a person sent none, which says nothing of the person.
   */
  userAgentHeader: string | null;
  /** From `deriveClickId` or an import's line; null when neither is there. */
  derivedClickId: string | null;
  isImport: boolean;
  /** The person's browser asks not to be known, and the tenant obeys: neither user nor address hash is stored. */
  isPrivate?: boolean;
}

/** What is wrong with a click that is well-formed, in the shape of the API's validation errors. */
export interface FieldErrors {
  fieldErrors: Record<string, string[]>;
}

export type PrepareClick = (input: ClickInput, context: PrepareContext) => Click | FieldErrors;

/**
 * The times an import may bring. ClickHouse's DateTime holds 1970-01-01 to 2106-02-07; a day is left at the start so
 * that the first hour, day or month bucket exists in every time zone, and the end is a round year before the edge.
 */
export const IMPORT_TIME_MIN_MS = Date.UTC(1970, 0, 2);
export const IMPORT_TIME_MAX_MS = Date.UTC(2100, 0, 1);

const DAY_MS = 24 * 60 * 60_000;
const MINUTE_MS = 60_000;

/**
 * Makes the step that turns a valid input into the click that the ledger stores: clock rules, id, keyed hashes instead
 * of the address, country from the address, device from the user agent. What the client says itself goes first.
 * Nothing here waits; time, ids and lookups are passed in.
 *
 * Privacy: the referrer is kept as the client sent it, query string included (which may hold personal data: say so to
 * clients, or have them send the origin only); the contract bounds its length.
 */
export function makePrepare(deps: PrepareDeps): PrepareClick {
  const { enrich, hasher, newId, findListed = NOBODY_LISTED } = deps;
  const tooOld = tooOldFrom(deps.dedupWindowMs, deps.idsKnownSinceMs ?? 0);
  const canonical = rememberLast(readAddress);
  const ipHashOf = rememberLast((address) => hasher.ipHash(address));
  const countryOf = rememberLast((address) => enrich.country(address));
  const agentOf = agentReader(enrich);

  return function prepareClick(input, context) {
    const { tenantId, nowMs, derivedClickId } = context;
    const clickedAtMs = input.timestamp === undefined ? nowMs : Date.parse(input.timestamp);
    const timestampError = checkTime(input, clickedAtMs, context, tooOld);
    if (timestampError !== null) return { fieldErrors: { timestamp: [timestampError] } };

    const clickId = input.click_id ?? derivedClickId;
    const address = context.address === null ? null : canonical(context.address);
    const { isPrivate = false } = context;
    const ipHash = address === null || isPrivate ? null : ipHashOf(address);
    const userId = isPrivate ? null : (input.user_id ?? null);
    const { userAgent, parts, agentClass } = agentOf(input.user_agent ?? context.userAgentHeader ?? '');
    const addressCountry = address === null ? '' : countryOf(address);
    const referrer = input.referrer ?? '';

    return {
      tenantId,
      clickId: clickId ?? newId(),
      // One derived from an Idempotency-Key comes again only with that key, which has a mark of its own.
      mayRepeat: input.click_id !== undefined || (context.isImport && derivedClickId !== null),
      adId: input.ad_id,
      campaignId: input.campaign_id,
      advertiserId: input.advertiser_id,
      userId,
      ipHash,
      visitorKey: hasher.visitorKey({ tenantId, userId, ipHash, userAgent }),
      clickedAtMs,
      country: input.country ?? addressCountry,
      deviceType: input.device_type ?? parts.deviceType,
      // An empty label says as little as none.
      os: input.os || parts.os,
      browser: input.browser || parts.browser,
      userAgent,
      referrer,
      facts: {
        addressCountry,
        isDatacenter: address === null ? null : enrich.isDatacenter(address),
        ...agentFacts(agentClass, input, context),
        listed: findListed({ tenantId, address, userId: input.user_id ?? null, userAgent, referrer }, nowMs),
      },
    };
  };
}

/** Remembers the last answer: all clicks of a batch have one address, and hashing it alone costs some 2 µs. */
function rememberLast<V>(compute: (text: string) => V): (text: string) => V {
  let last: { text: string; value: V } | null = null;
  return (text) => {
    if (last?.text !== text) last = { text, value: compute(text) };
    return last.value;
  };
}

/** A user agent as it is stored, and what it says. */
interface Agent {
  userAgent: string;
  parts: UserAgentParts;
  agentClass: AgentClass;
}

/** Most user agents kept. At most 1,024 characters each, some twice: 40 MB at the very worst, 2 MB in practice. */
const AGENTS_KEPT_MAX = 10_000;

/** Reads user agents as they were sent; cached, since a few thousand make nearly all traffic. */
function agentReader(enrich: PrepareDeps['enrich']): (sent: string) => Agent {
  const read = (sent: string): Agent => {
    const userAgent = headerText(sent);
    return { userAgent, parts: enrich.userAgent(userAgent), agentClass: enrich.agentClass(userAgent) };
  };
  const agents = new BoundedCache<Agent>(AGENTS_KEPT_MAX);
  // A longer one is cut first, so that the cache's size stays what it says.
  return (sent) => agents.get(sent.length > LIMITS.userAgentLengthMax ? headerText(sent) : sent, read);
}

/**
 * What the user agent says of who clicked. A header that names a program's HTTP library is of a server that reports clicks
 * for people, unless the click names it as its own.
 */
function agentFacts(
  { kind, matched }: AgentClass,
  input: ClickInput,
  { userAgentHeader }: PrepareContext,
): Pick<ClickFacts, 'agent' | 'agentMatched'> {
  const isOwn = input.user_agent !== undefined;
  if (!isOwn && (userAgentHeader === null || kind === 'library'))
    return { agent: 'unknown', agentMatched: '' };
  return { agent: kind, agentMatched: matched };
}

/** The clock rules; null when the time will do. `Date.parse` drops what is finer than a millisecond. */
function checkTime(
  input: ClickInput,
  clickedAtMs: number,
  context: PrepareContext,
  tooOld: TooOld,
): string | null {
  // Without its own time, a line imported again would be a click of another day, and counted again.
  if (input.timestamp === undefined) return context.isImport ? 'Required in an import' : null;
  if (!Number.isFinite(clickedAtMs)) return 'Not a time that exists';
  if (clickedAtMs > context.nowMs + LIMITS.clockSkewMsMax) {
    return `More than ${LIMITS.clockSkewMsMax / MINUTE_MS} minutes ahead of the server`;
  }
  if (context.isImport) {
    return clickedAtMs < IMPORT_TIME_MIN_MS || clickedAtMs >= IMPORT_TIME_MAX_MS
      ? 'Not between 1970-01-02 and 2099-12-31'
      : null;
  }
  return tooOld(clickedAtMs, context.nowMs);
}

/** How long before its own time a click may have been received: it may come ahead of its time, and a node's clock may be as far off. */
const RECEIPT_MARGIN_MS = 2 * LIMITS.clockSkewMsMax;

/** Says why a click is too old to be taken; null: it is not. */
type TooOld = (clickedAtMs: number, nowMs: number) => string | null;

/** A click is taken while its id would be known, had it come before: an older one could be a repeat that nobody remembers. */
function tooOldFrom(dedupWindowMs: number, idsKnownSinceMs: number): TooOld {
  const knownFromMs = idsKnownSinceMs === 0 ? 0 : idsKnownSinceMs + RECEIPT_MARGIN_MS;
  const overWindow = `Older than the dedup window of ${inDays(dedupWindowMs)}; import it instead`;
  // The window was shorter before.
  const notKnown = `Before ${new Date(knownFromMs).toISOString()}, of which ids are no longer known; import it instead`;
  return (clickedAtMs, nowMs) => {
    if (clickedAtMs < nowMs - dedupWindowMs) return overWindow;
    return clickedAtMs < knownFromMs ? notKnown : null;
  };
}

function inDays(durationMs: number): string {
  const days = Number((durationMs / DAY_MS).toFixed(2));
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}

/** A header's text as the contract would have it in a field. */
function headerText(header: string): string {
  return cutText(stripControl(header), LIMITS.userAgentLengthMax);
}
