import type { ClickHouseClient } from '@clickhouse/client';
import {
  ATTRIBUTION_MODELS,
  type ConversionStatus,
  type ConversionStory,
  LIMITS,
  toDecimal,
  type UnattributedReason,
} from '@clickledger/contract';
import { type Database, ISO_UTC } from '../lib/sql.js';
import { shareConversion } from './models/models.js';
import { byTime, clicksBefore, clicksOfSameUsers, type PathClick, type PathEnd } from './path.js';

const DAY_MS = 86_400_000;
/** Of the shares that a story tells. */
const HALF_LIFE_DAYS = 7;

type Path = NonNullable<ConversionStory['path']>;
type PathEndClick = Pick<PathClick, 'clickId' | 'clickedAtMs' | 'advertiserId' | 'campaignId' | 'adId'>;
/** A click of a path, as far as a story tells of it. */
type StoryClick = PathEndClick & Pick<PathClick, 'isFraudulent'>;

/** What the ledger has of a conversion, without its path. */
export interface StoredStory {
  story: Omit<ConversionStory, 'path'>;
  valueMicros: bigint;
  /** The click that it is attributed to or, without one, the last click whatever its verdict. */
  lastClick: PathEndClick | null;
}

interface StoredRow {
  revision: number;
  cause: ConversionStory['revisions'][number]['cause'];
  made_at: string;
  status: ConversionStatus;
  reason: UnattributedReason | '';
  micros: string;
  currency: string;
  click_id: string | null;
  clicked_at: string | null;
  advertiser_id: string;
  campaign_id: string;
  ad_id: string;
  matched_by: 'click_id' | 'user_id' | null;
  any_click_id: string | null;
  any_clicked_at: string | null;
  any_advertiser_id: string;
  any_campaign_id: string;
  any_ad_id: string;
  is_deferred: boolean;
}

interface SentRow {
  conversion_id: string;
  action: string;
  order_id: string | null;
  source: string;
  made_by: string;
  received_at: string;
  converted_at: string;
  given_click_id: string | null;
  given_user_id: string | null;
  give_up_at: string;
  click_window_days: number;
  user_window_days: number;
}

/** What the ledger has of a conversion; null when it has none with this ID. */
export async function readConversionStory(
  ledger: Database,
  tenantId: number,
  conversionId: string,
): Promise<StoredStory | null> {
  const [sent] = (
    await ledger.query<SentRow>(
      `SELECT s.conversion_id, c.action, c.order_id, c.source, c.made_by, ${ISO_UTC('c.received_at')} AS received_at,
         ${ISO_UTC('c.converted_at')} AS converted_at, c.click_id AS given_click_id, c.user_id AS given_user_id,
         ${ISO_UTC('s.give_up_at')} AS give_up_at, t.click_window_days, t.user_window_days
       FROM conversion_states s
       CROSS JOIN LATERAL (
         SELECT * FROM conversions c
         WHERE c.tenant_id = s.tenant_id AND c.conversion_id = s.conversion_id AND c.received_at = s.received_at
         OFFSET 0
       ) AS c
       JOIN conversion_actions t ON t.tenant_id = s.tenant_id AND t.action = c.action
       WHERE s.tenant_id = $1 AND s.conversion_id = $2`,
      [tenantId, conversionId],
    )
  ).rows;
  if (!sent) return null;
  const { rows } = await ledger.query<StoredRow>(
    `SELECT revision, cause, ${ISO_UTC('made_at')} AS made_at, status, reason, value_micros::text AS micros, currency, click_id,
       ${ISO_UTC('clicked_at')} AS clicked_at, advertiser_id, campaign_id, ad_id, matched_by, is_deferred,
       coalesce((any_click ->> 'click_id')::uuid, click_id) AS any_click_id,
       ${ISO_UTC("coalesce((any_click ->> 'clicked_at')::timestamptz, clicked_at)")} AS any_clicked_at,
       coalesce(any_click ->> 'advertiser_id', advertiser_id) AS any_advertiser_id,
       coalesce(any_click ->> 'campaign_id', campaign_id) AS any_campaign_id,
       coalesce(any_click ->> 'ad_id', ad_id) AS any_ad_id
     FROM attributions WHERE tenant_id = $1 AND conversion_id = $2 ORDER BY revision`,
    [tenantId, conversionId],
  );
  const newest = rows.at(-1);
  if (!newest) return null;
  const { click_window_days, user_window_days, ...conversion } = sent;
  const { revision: _, cause, made_at, matched_by, any_click_id, is_deferred, ...state } = toRevision(newest);
  return {
    story: {
      conversion: { ...conversion, ...state },
      windows: { click_window_days, user_window_days },
      revisions: rows.map(toRevision),
    },
    valueMicros: BigInt(newest.micros),
    lastClick: lastClickOf(newest),
  };
}

function toRevision(row: StoredRow): ConversionStory['revisions'][number] {
  const { revision, cause, made_at, status, currency, click_id, clicked_at, matched_by, any_click_id } = row;
  const hasClick = click_id !== null;
  return {
    revision,
    cause,
    made_at,
    status,
    reason: row.reason === '' ? null : row.reason,
    value_micros: Number(row.micros),
    value: toDecimal({ micros: BigInt(row.micros), currency }),
    currency,
    click_id,
    clicked_at,
    advertiser_id: hasClick ? row.advertiser_id : null,
    campaign_id: hasClick ? row.campaign_id : null,
    ad_id: hasClick ? row.ad_id : null,
    matched_by,
    any_click_id,
    is_deferred: row.is_deferred,
  };
}

function lastClickOf(row: StoredRow): PathEndClick | null {
  if (row.click_id !== null && row.clicked_at !== null)
    return {
      clickId: row.click_id,
      clickedAtMs: Date.parse(row.clicked_at),
      advertiserId: row.advertiser_id,
      campaignId: row.campaign_id,
      adId: row.ad_id,
    };
  if (row.any_click_id === null || row.any_clicked_at === null) return null;
  return {
    clickId: row.any_click_id,
    clickedAtMs: Date.parse(row.any_clicked_at),
    advertiserId: row.any_advertiser_id,
    campaignId: row.any_campaign_id,
    adId: row.any_ad_id,
  };
}

/** The clicks that led to a conversion, with what each model gives them. Empty when no click did. */
export async function readConversionPath(
  client: ClickHouseClient,
  tenantId: number,
  { story: { conversion, windows }, valueMicros, lastClick }: StoredStory,
): Promise<Path> {
  if (!lastClick) return [];
  const end: PathEnd = {
    convertedAtMs: Date.parse(conversion.converted_at),
    userWindowDays: windows.user_window_days,
    clickId: lastClick.clickId,
    clickedAtMs: lastClick.clickedAtMs,
    advertiserId: lastClick.advertiserId,
  };
  const ofUser = await clicksOfSameUsers(
    client,
    tenantId,
    { sql: 'SELECT {click:UUID}', params: { click: end.clickId } },
    {
      fromMs: Math.min(end.clickedAtMs, end.convertedAtMs - end.userWindowDays * DAY_MS),
      toMs: end.clickedAtMs,
    },
    LIMITS.modelClicksMax,
  );
  ofUser.sort(byTime);
  const [valid, flagged] = [false, true].map((verdict): StoryClick[] =>
    clicksBefore(
      end,
      ofUser.filter(({ isFraudulent }) => isFraudulent === verdict),
    ),
  ) as [StoryClick[], StoryClick[]];
  const isAttributed = conversion.click_id !== null;
  const last: StoryClick = { ...lastClick, isFraudulent: !isAttributed };
  const shares = sharesOf(isAttributed ? [...valid, last] : [], valueMicros);
  return [...[...valid, ...flagged].sort(byTime), last].map((click) => ({
    click_id: click.clickId,
    clicked_at: new Date(click.clickedAtMs).toISOString(),
    advertiser_id: click.advertiserId,
    campaign_id: click.campaignId,
    ad_id: click.adId,
    is_fraudulent: click.isFraudulent,
    is_attributed: isAttributed && click === last,
    shares: shares.get(click) ?? [],
  }));
}

/** What each model gives the clicks of a path. */
function sharesOf(path: readonly StoryClick[], valueMicros: bigint): Map<StoryClick, Path[number]['shares']> {
  const shares = new Map(path.map((click): [StoryClick, Path[number]['shares']] => [click, []]));
  if (path.length === 0) return shares;
  for (const model of ATTRIBUTION_MODELS)
    shareConversion(
      { model, halfLifeDays: HALF_LIFE_DAYS },
      path.map(({ clickedAtMs }) => clickedAtMs),
      valueMicros,
    ).forEach((share, i) => {
      const click = path[i];
      if (click)
        shares.get(click)?.push({
          model,
          conversions_micros: Number(share.conversionMicros),
          conversions: toDecimal({ micros: share.conversionMicros, currency: '' }),
          value_micros: Number(share.valueMicros),
          value: toDecimal({ micros: share.valueMicros, currency: '' }),
        });
    });
  return shares;
}
