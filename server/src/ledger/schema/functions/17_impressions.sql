-- Stores counts of impressions with their batch, in one round trip. Entry i of every array is one count. The ad's campaign is the one that
-- was named, else its own; the campaign decides which advertiser it is, and what 1,000 impressions cost.
--
-- Returns the places (from 1) of the counts that are not stored, since nobody knows which campaign they are of, or where only known
-- campaigns are counted.
CREATE OR REPLACE FUNCTION append_impressions(
  p_received_at timestamptz, p_tenant_ids integer[], p_hours_ms bigint[], p_ad_ids text[], p_campaign_ids text[],
  p_advertiser_ids text[], p_countries text[], p_device_types text[], p_link_ids text[], p_counts bigint[]
) RETURNS TABLE (ordinal integer) LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_batch_id bigint := nextval('batch_ids');
  v_campaigns text[];
  v_advertisers text[];
  v_prices bigint[];
  v_rows integer;
BEGIN
  SELECT
    array_agg(coalesce(i.campaign_id, a.campaign_id) ORDER BY i.place),
    array_agg(coalesce(k.advertiser_id, CASE WHEN NOT t.only_known_campaigns THEN i.advertiser_id END) ORDER BY i.place),
    array_agg(CASE k.pricing_model WHEN 'cpm' THEN k.cost_per_thousand_micros ELSE 0 END ORDER BY i.place)
  INTO v_campaigns, v_advertisers, v_prices
  FROM unnest(p_tenant_ids, p_ad_ids, p_campaign_ids, p_advertiser_ids)
    WITH ORDINALITY AS i (tenant_id, ad_id, campaign_id, advertiser_id, place)
  JOIN tenants t ON t.tenant_id = i.tenant_id
  LEFT JOIN LATERAL (
    SELECT a.campaign_id FROM ads a WHERE a.tenant_id = i.tenant_id AND a.ad_id = i.ad_id OFFSET 0
  ) AS a ON i.campaign_id IS NULL
  LEFT JOIN LATERAL (
    SELECT k.advertiser_id, k.pricing_model, k.cost_per_thousand_micros FROM campaigns k
    WHERE k.tenant_id = i.tenant_id AND k.campaign_id = coalesce(i.campaign_id, a.campaign_id) OFFSET 0
  ) AS k ON true;

  INSERT INTO impression_counts
  SELECT
    p_tenant_ids[i], gen_random_uuid(), v_batch_id, p_received_at, to_timestamp(p_hours_ms[i] / 1000), v_advertisers[i], v_campaigns[i], p_ad_ids[i],
    p_countries[i], p_device_types[i], p_link_ids[i], p_counts[i], v_prices[i]
  FROM generate_series(1, cardinality(p_ad_ids)) AS i
  WHERE v_campaigns[i] IS NOT NULL AND v_advertisers[i] IS NOT NULL;
  GET DIAGNOSTICS v_rows = ROW_COUNT;

  IF v_rows > 0 THEN
    INSERT INTO batches (batch_id, received_at, click_count, fraud_count, impression_count)
    VALUES (v_batch_id, p_received_at, 0, 0, v_rows);
  END IF;
  IF v_rows < cardinality(p_ad_ids) THEN
    RETURN QUERY SELECT i FROM generate_series(1, cardinality(p_ad_ids)) AS i WHERE v_campaigns[i] IS NULL OR v_advertisers[i] IS NULL;
  END IF;
END $$;

-- The counts of one chunk, found by its batches as those of clicks are (07_chunks.sql).
CREATE OR REPLACE FUNCTION impressions_of_chunk(p_chunk_id bigint, p_first_at timestamptz, p_last_at timestamptz) RETURNS TABLE (
  count_id uuid, batch_id bigint, tenant_id integer, received_at_ms bigint, hour_ms bigint, advertiser_id text, campaign_id text, ad_id text,
  country text, device_type text, link_id text, impressions bigint, price_per_thousand_micros bigint
) LANGUAGE plpgsql STABLE COST 100000 ROWS 5000 AS $$
BEGIN
  RETURN QUERY EXECUTE $query$
    SELECT
      i.count_id, i.batch_id, i.tenant_id, (extract(epoch FROM i.received_at) * 1000)::bigint, (extract(epoch FROM i.hour) * 1000)::bigint,
      i.advertiser_id, i.campaign_id, i.ad_id, i.country, i.device_type, i.link_id, i.impressions, i.price_per_thousand_micros
    FROM batches b
    CROSS JOIN LATERAL (
      SELECT * FROM impression_counts i
      WHERE i.batch_id = b.batch_id AND i.received_at = b.received_at AND i.received_at BETWEEN $2 AND $3
      OFFSET 0
    ) AS i
    WHERE b.chunk_id = $1 AND b.received_at BETWEEN $2 AND $3 AND b.impression_count > 0
  $query$ USING p_chunk_id, p_first_at, p_last_at;
END $$;

-- What ClickHouse reads.
CREATE OR REPLACE VIEW chunk_impressions AS
SELECT k.chunk_id, c.*
FROM chunks k
CROSS JOIN LATERAL impressions_of_chunk(k.chunk_id, k.first_received_at, k.last_received_at) AS c
WHERE k.impression_count > 0;

-- The same for one part of a chunk whose impressions were refused.
CREATE OR REPLACE VIEW chunk_part_impressions AS
SELECT p.part_id, c.*
FROM chunk_parts p
CROSS JOIN LATERAL (
  SELECT * FROM chunk_impressions c
  WHERE c.chunk_id = p.chunk_id AND c.count_id BETWEEN p.first_click_id AND p.last_click_id
  OFFSET 0
) AS c
WHERE p.kind = 'impressions';
