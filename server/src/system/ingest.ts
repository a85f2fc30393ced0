import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import type { Config } from '../config.js';
import { classifyAgent } from '../enrich/agent-class.js';
import { openCountryLookup } from '../enrich/country.js';
import { openDatacenterLookup } from '../enrich/datacenter.js';
import { makeHasher } from '../enrich/hasher.js';
import { parseUserAgent } from '../enrich/user-agent.js';
import type { FindListed } from '../fraud/lists.js';
import { ImpressionCounters } from '../impressions/counters.js';
import { Impressions } from '../impressions/impressions.js';
import { ImpressionMeter } from '../impressions/meter.js';
import { makeViewerOf, type ViewerLookups } from '../impressions/viewer.js';
import { ImpressionWriter } from '../impressions/writer.js';
import { Ingest } from '../ingest/ingest.js';
import { IngestMeter } from '../ingest/meter.js';
import { makePrepare, type PrepareClick, type PrepareDeps } from '../ingest/prepare.js';
import { endPool, INGEST_CONNECTIONS_MAX, openLedger } from '../ledger/database.js';
import { declareDedupWindow } from '../ledger/maintain.js';
import { STOP } from '../lib/stopping.js';
import { ClickJournal } from '../links/journal/click-journal.js';
import { keepReplaying } from '../links/journal/replay.js';
import { LinksInForce } from '../links/links-in-force.js';
import { type FollowLink, makeRedirect } from '../links/redirect.js';
import { makeStoreClick } from '../links/store-click.js';
import { PrivacySignals } from '../privacy/signals.js';
import { RulesInForce } from '../review/rules-in-force.js';
import type { Base } from './base.js';

const DAY_MS = 86_400_000;

/** The role that takes clicks. */
export interface IngestRole {
  ingest: Ingest;
  meter: IngestMeter;
  prepare: PrepareClick;
  rulesInForce: RulesInForce;
  signals: PrivacySignals;
  links: LinksInForce;
  follow: FollowLink;
  journal: ClickJournal;
  impressions: Impressions;
}

/** Starts what takes clicks: the rules in force, the queue, and connections of its own to the ledger. */
export async function startIngest(base: Base): Promise<IngestRole> {
  const { config, stores, registry, background, stopper, tracing, log, now } = base;
  const { pool, guard, ledgerTarget } = stores;
  const rulesInForce = new RulesInForce({ pool, background });
  await rulesInForce.start();
  const signals = new PrivacySignals({ pool, background });
  await signals.start();
  const writes = openLedger(ledgerTarget, log, INGEST_CONNECTIONS_MAX);
  stopper.add('connections of ingestion', STOP.connections, () => endPool(writes));
  const meter = new IngestMeter(registry, now, () => ingest.queuedClicks);
  const ingest = new Ingest({
    pool: writes,
    guard,
    rulesOf: (tenantId) => rulesInForce.rulesOf(tenantId),
    node: config.nodeName,
    now,
    meter,
    committed: base.committed,
    tracing,
    background,
    log,
  });
  stopper.add('ingestion', STOP.work, () => ingest.stop());
  const idsKnownSinceMs = await declareDedupWindow(pool, config.dedupWindowDays);
  const { findListed } = rulesInForce;
  const lookups = await openLookups(config);
  const { hashSecret } = base.secrets;
  const prepare = await makeClickPreparation(config, hashSecret, findListed, idsKnownSinceMs, lookups);
  const taking = { ingest, meter, prepare, rulesInForce, signals };
  const following = await startLinks(base, taking);
  return { ...taking, ...following, impressions: startImpressions(base, lookups, following.links) };
}

/** Starts what follows links: those in force, and the journal of clicks that are not committed in time. */
async function startLinks(
  { config, stores, slowPool, registry, background, stopper, log, now }: Base,
  { ingest, prepare, signals }: Pick<IngestRole, 'ingest' | 'prepare' | 'signals'>,
): Promise<Pick<IngestRole, 'links' | 'follow' | 'journal'>> {
  const links = new LinksInForce({ pool: stores.pool, background });
  await links.start();
  const journal = await ClickJournal.open({
    folder: join(config.dataDir, 'click-journal'),
    bytesMax: config.journalBytesMax,
    background,
    registry,
  });
  // After ingestion: its last refusals still go to the journal.
  stopper.add('click journal', STOP.connections, () => journal.close());
  keepReplaying({
    journal,
    ingest,
    slowPool,
    dedupWindowMs: config.dedupWindowDays * DAY_MS,
    background,
    log,
    now,
  });
  const follow = makeRedirect({
    links,
    prepare,
    storeClick: makeStoreClick(ingest, journal, config.redirectWaitMs),
    isPrivate: (tenantId, headers) => signals.obeys(tenantId, headers),
    now,
    random: Math.random,
    registry,
  });
  return { links, follow, journal };
}

/** Counts impressions in memory, and writes them once a second; on a stop what is left. */
function startImpressions(base: Base, lookups: ViewerLookups, links: LinksInForce): Impressions {
  const { config, stores, registry, background, stopper, committed, now } = base;
  const { pool } = stores;
  const counters = new ImpressionCounters();
  const meter = new ImpressionMeter(registry, () => writer.waiting);
  const writer = new ImpressionWriter({ counters, pool, meter, committed, background, now });
  stopper.add('impressions', STOP.work, () => writer.stop());
  return new Impressions({
    counters,
    writer,
    meter,
    viewerOf: makeViewerOf(lookups),
    linkOf: (host, slug) => links.find(host, slug),
    pool,
    committed,
    dedupWindowDays: config.dedupWindowDays,
    now,
  });
}

/** What is looked up of addresses and user agents. */
export async function openLookups(config: Config): Promise<PrepareDeps['enrich']> {
  const countries = await openCountryLookup();
  return {
    country: (address) => countries.lookup(address),
    userAgent: parseUserAgent,
    agentClass: classifyAgent,
    isDatacenter: openDatacenterLookup(config.datacenterRanges),
  };
}

/** The step that checks and enriches clicks, also for imports. */
export async function makeClickPreparation(
  config: Config,
  hashSecret: string,
  findListed?: FindListed,
  idsKnownSinceMs = 0,
  lookups?: PrepareDeps['enrich'],
): Promise<PrepareClick> {
  return makePrepare({
    enrich: lookups ?? (await openLookups(config)),
    hasher: makeHasher(Buffer.from(config.hashSecret ?? hashSecret)),
    newId: uuidv7,
    dedupWindowMs: config.dedupWindowDays * DAY_MS,
    idsKnownSinceMs,
    ...(findListed ? { findListed } : {}),
  });
}
