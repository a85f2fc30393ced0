CREATE MATERIALIZED VIEW IF NOT EXISTS conversions_by_hour_mv TO conversions_by_hour AS
SELECT
  tenant_id, basis, toUInt8(2 * (127 - grouping(device_type, os, browser, country, advertiser_id, campaign_id, ad_id))) AS dimensions, bucket,
  device_type, os, browser, country, advertiser_id, campaign_id, ad_id, views, action, currency,
  toInt64(sumIf(sign, status = 'attributed')) AS conversions, toInt64(sumIf(sign, status = 'unattributed')) AS unattributed,
  toInt64(sumIf(sign, status = 'waiting')) AS waiting, toInt64(sumIf(sign * worth, status = 'attributed')) AS value_micros
FROM (SELECT *, value_micros AS worth, toStartOfHour(at, 'UTC') AS bucket FROM conversion_events)
GROUP BY GROUPING SETS (
  (tenant_id, basis, bucket, views, action, currency),
  (tenant_id, basis, bucket, views, action, currency, device_type),
  (tenant_id, basis, bucket, views, action, currency, os),
  (tenant_id, basis, bucket, views, action, currency, browser),
  (tenant_id, basis, bucket, views, action, currency, country),
  (tenant_id, basis, bucket, views, action, currency, advertiser_id),
  (tenant_id, basis, bucket, views, action, currency, campaign_id),
  (tenant_id, basis, bucket, views, action, currency, ad_id),
  (tenant_id, basis, bucket, views, action, currency, advertiser_id, campaign_id, ad_id),
  (tenant_id, basis, bucket, views, action, currency, country, advertiser_id),
  (tenant_id, basis, bucket, views, action, currency, country, campaign_id),
  (tenant_id, basis, bucket, views, action, currency, country, ad_id),
  (tenant_id, basis, bucket, views, action, currency, device_type, os, browser),
  (tenant_id, basis, bucket, views, action, currency, device_type, os, browser, country),
  (tenant_id, basis, bucket, views, action, currency, device_type, os, browser, advertiser_id),
  (tenant_id, basis, bucket, views, action, currency, device_type, os, browser, campaign_id),
  (tenant_id, basis, bucket, views, action, currency, device_type, os, browser, ad_id)
)
