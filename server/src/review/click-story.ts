import { type ClickStory, MANUAL_REASON } from '@clickledger/contract';
import type pg from 'pg';
import { SHADOW_PREFIX } from '../click/click.js';
import { ISO_UTC } from '../lib/sql.js';

/** Where the ledger has a click. */
export interface ClickPlace {
  batchId: number;
  receivedAtMs: number;
}

/**
 * Where the ledger has a click, found by its id: while the dedup window remembers it, or when analytics refused it. Older
 * clicks are found through analytics. Null: not found here.
 */
export async function findClick(
  pool: pg.Pool,
  tenantId: number,
  clickId: string,
): Promise<ClickPlace | null> {
  const { rows } = await pool.query<ClickPlace>(
    `SELECT k.batch_id AS "batchId", (extract(epoch FROM k.received_at) * 1000)::bigint AS "receivedAtMs"
     FROM dedup_generation d
     JOIN click_keys k ON k.generation IN (d.generation, d.generation - 1) AND k.tenant_id = $1 AND k.click_id = $2
     UNION ALL
     SELECT e.batch_id, (extract(epoch FROM e.received_at) * 1000)::bigint
     FROM chunk_parts p
     JOIN batches b ON b.chunk_id = p.chunk_id
     JOIN click_events e ON e.batch_id = b.batch_id AND e.received_at = b.received_at
     WHERE p.state = 'set_aside' AND p.first_click_id = $2 AND e.tenant_id = $1 AND e.click_id = $2
     LIMIT 1`,
    [tenantId, clickId],
  );
  return rows[0] ?? null;
}

interface StoryRow {
  click_id: string;
  clicked_at: string;
  received_at: string;
  advertiser_id: string;
  campaign_id: string;
  ad_id: string;
  user_id: string | null;
  ip_hash: string | null;
  country: string;
  device_type: string;
  os: string;
  browser: string;
  user_agent: string;
  referrer: string;
  is_fraudulent: boolean;
  fraud_reason: string | null;
  fraud_reasons: string;
  rules_not_run: string;
  fraud_evidence: string;
  cost_micros: number;
  landing: string;
  batch_id: number;
  batch_clicks: number;
  chunk_id: number | null;
  chunk_clicks: number | null;
  chunk_created_at: string | null;
  delivered_at: string | null;
  set_aside: string | null;
  adjustments: AdjustmentRow[];
}

type AdjustmentRow = Omit<ClickStory['adjustments'][number], 'evidence'> & {
  reasons: string;
  evidence: string;
};

const STORY = `SELECT e.click_id, ${ISO_UTC('e.clicked_at')} AS clicked_at, ${ISO_UTC('e.received_at')} AS received_at,
  e.advertiser_id, e.campaign_id, e.ad_id, e.user_id, e.ip_hash, e.country, e.device_type, e.os, e.browser,
  e.user_agent, e.referrer, e.is_fraudulent, e.fraud_reason, e.fraud_reasons, e.rules_not_run, e.fraud_evidence,
  e.cost_micros, e.landing, e.batch_id, b.click_count AS batch_clicks, b.chunk_id, c.click_count AS chunk_clicks,
  ${ISO_UTC('c.created_at')} AS chunk_created_at, ${ISO_UTC('c.delivered_at')} AS delivered_at,
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
     'is_fraudulent', a.is_fraudulent, 'reason', a.reason, 'reasons', a.reasons, 'evidence', a.evidence,
     'rules_version', a.rules_version, 'made_at', ${ISO_UTC('a.made_at')}, 'made_by', a.made_by, 'is_deferred', a.is_deferred
   ) ORDER BY a.revision), '[]') FROM adjustments a WHERE a.tenant_id = e.tenant_id AND a.click_id = e.click_id) AS adjustments,
  (SELECT coalesce(p.reason, '') FROM chunk_parts p
   WHERE p.state = 'set_aside' AND p.first_click_id = e.click_id AND p.chunk_id = b.chunk_id LIMIT 1) AS set_aside
FROM click_events e
JOIN batches b ON b.batch_id = e.batch_id AND b.received_at = e.received_at
LEFT JOIN chunks c ON c.chunk_id = b.chunk_id
WHERE e.batch_id = $3 AND e.received_at = to_timestamp($4 / 1000.0) AND e.tenant_id = $1 AND e.click_id = $2`;

/** All that the ledger has of the click at this place; null when retention has dropped it. Analytics is not asked. */
export async function readClickStory(
  pool: pg.Pool,
  tenantId: number,
  clickId: string,
  place: ClickPlace,
): Promise<Omit<ClickStory, 'analytics' | 'conversions'> | null> {
  const { rows } = await pool.query<StoryRow>(STORY, [tenantId, clickId, place.batchId, place.receivedAtMs]);
  const [row] = rows;
  if (!row) return null;
  const notRun = list(row.rules_not_run);
  return {
    click: { ...clickOf(row), ...lastVerdict(row) },
    guard: { answered: guardAnswered(notRun, row), rules_not_run: notRun },
    rules: rulesOf(row),
    adjustments: row.adjustments.map(({ reasons: _, evidence, ...rest }) => ({
      ...rest,
      // Who takes a flag back names no rule.
      evidence: evidenceOf(evidence)[rest.reason ?? MANUAL_REASON] ?? {},
    })),
    ledger: { batch_id: row.batch_id, batch_clicks: row.batch_clicks, committed: true },
    relay: {
      state: relayState(row),
      chunk_id: row.chunk_id,
      chunk_clicks: row.chunk_clicks,
      chunk_created_at: row.chunk_created_at,
      delivered_at: row.set_aside === null ? row.delivered_at : null,
      reason: row.set_aside,
    },
  };
}

/** A rule that needs a visitor does not run on a click without one either: only the others say that the guard was away. */
const guardAnswered = (notRun: readonly string[], { user_id }: StoryRow): boolean =>
  notRun.every((rule) => user_id === null && rule === 'duplicate_click');

const list = (text: string): string[] => (text === '' ? [] : text.split(','));

function clickOf(row: StoryRow): ClickStory['click'] {
  const { click_id, clicked_at, received_at, advertiser_id, campaign_id, ad_id, user_id, ip_hash } = row;
  const { country, device_type, os, browser, user_agent, referrer, is_fraudulent, fraud_reason } = row;
  return {
    click_id,
    clicked_at,
    received_at,
    advertiser_id,
    campaign_id,
    ad_id,
    user_id,
    ip_hash,
    country,
    device_type,
    os,
    browser,
    user_agent,
    referrer,
    is_fraudulent,
    fraud_reason,
    referrer_host: hostOf(referrer),
    fraud_reasons: list(row.fraud_reasons),
    cost_micros: row.cost_micros,
    ...landingOf(row.landing),
  };
}

/** What is stored of the link that brought a click; empty for one that came over the API. */
function landingOf(text: string): Pick<ClickStory['click'], 'link_id' | 'landing'> {
  const { link_id = null, ...landing } = text === '' ? {} : JSON.parse(text);
  return { link_id, landing };
}

/** The host of a URL; empty for anything else. */
function hostOf(referrer: string): string {
  return URL.canParse(referrer) ? new URL(referrer).hostname : '';
}

/** What the last adjustment says of it; one of a closed period leaves the click as it was billed. */
function lastVerdict({ adjustments }: StoryRow): Partial<ClickStory['click']> {
  const last = adjustments.filter(({ is_deferred }) => !is_deferred).at(-1);
  if (!last) return {};
  return { is_fraudulent: last.is_fraudulent, fraud_reason: last.reason, fraud_reasons: list(last.reasons) };
}

type EvidenceByRule = Record<string, ClickStory['rules'][number]['evidence'] | undefined>;

const evidenceOf = (text: string): EvidenceByRule =>
  text === '' ? {} : (JSON.parse(text) as EvidenceByRule);

/** The rules that fired when it came in. */
function rulesOf(row: StoryRow): ClickStory['rules'] {
  const evidence = evidenceOf(row.fraud_evidence);
  const fired = list(row.fraud_reasons).map((name) => {
    const inShadow = name.startsWith(SHADOW_PREFIX);
    const rule = inShadow ? name.slice(SHADOW_PREFIX.length) : name;
    return { rule, decided: rule === row.fraud_reason, in_shadow: inShadow, evidence: evidence[rule] ?? {} };
  });
  return [...fired.filter(({ decided }) => decided), ...fired.filter(({ decided }) => !decided)];
}

function relayState(row: StoryRow): ClickStory['relay']['state'] {
  if (row.set_aside !== null) return 'set_aside';
  if (row.chunk_id === null) return 'waiting';
  return row.delivered_at === null ? 'sending' : 'delivered';
}
