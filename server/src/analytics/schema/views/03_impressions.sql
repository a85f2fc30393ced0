CREATE MATERIALIZED VIEW IF NOT EXISTS impressions_by_hour_mv TO impressions_by_hour AS
SELECT
  tenant_id, hour, advertiser_id, campaign_id, ad_id, country, device_type, link_id, sum(counts.impressions) AS impressions,
  sum(toInt128(counts.impressions) * price_per_thousand_micros) AS cost_nanos
FROM impression_counts AS counts
GROUP BY tenant_id, hour, advertiser_id, campaign_id, ad_id, country, device_type, link_id
