-- Health of the tables behind the figures, from their own counts over the 24 hours before the newest arrival. Bronze
-- is complete when it is not empty; silver is complete when each usable id that arrived is in it; the quarantine is
-- Unhealthy when it holds too large a share of what arrived. A table is fresh when it is not further behind bronze
-- than kpi_targets allows.
CREATE OR REPLACE VIEW v_uc_data_quality_metrics (
  event_time COMMENT 'When the newest record that was looked at arrived, UTC',
  catalog_name COMMENT 'Catalog of the table',
  schema_name COMMENT 'Schema of the table',
  table_name COMMENT 'Table',
  overall_status COMMENT 'Healthy or Unhealthy: the worse of the next two',
  freshness_status COMMENT 'Healthy or Unhealthy',
  completeness_status COMMENT 'Healthy or Unhealthy',
  impact_level COMMENT 'HIGH when unhealthy and gold objects are made from it, LOW when unhealthy otherwise, else NONE',
  num_downstream_tables COMMENT 'Gold tables and views that are made from it, directly or through others',
  num_queries_affected COMMENT 'Of these, the ones whose figures are affected now: all when the table is unhealthy, else 0'
)
COMMENT 'Health of the tables behind the figures, from their own counts'
AS
WITH newest AS (
  SELECT max(_ingested_at) AS ingested_at
  FROM payments_raw_bronze
),

arrived AS (
  SELECT
    transaction_id,
    _problem,
    _ingested_at
  FROM payments_raw_bronze
  WHERE _ingested_at > (SELECT newest.ingested_at - INTERVAL 24 HOURS FROM newest)
),

bronze AS (
  SELECT
    count(*) AS records,
    count_if(_problem IS NOT NULL) AS unusable,
    max(_ingested_at) FILTER (WHERE _problem IS NULL) AS newest_usable,
    max(_ingested_at) FILTER (WHERE _problem IS NOT NULL) AS newest_unusable
  FROM arrived
),

missing AS (
  SELECT count(*) AS ids
  FROM arrived
  LEFT ANTI JOIN payments_enriched_silver AS silver ON arrived.transaction_id = silver.transaction_id
  WHERE arrived._problem IS NULL
),

limits AS (
  SELECT
    max(target_value) FILTER (WHERE kpi = 'quarantine_limit') AS quarantine_pct,
    max(target_value) FILTER (WHERE kpi = 'freshness_limit') AS hours
  FROM kpi_targets
),

found AS (
  SELECT
    newest.ingested_at AS bronze_newest,
    silver.newest AS silver_newest,
    quarantine.newest AS quarantine_newest,
    bronze.records > 0 AS bronze_is_complete,
    missing.ids = 0 AS silver_is_complete,
    coalesce(100 * bronze.unusable / nullif(bronze.records, 0), 0) <= limits.quarantine_pct AS quarantine_is_complete,
    coalesce(timestampdiff(MINUTE, silver.newest, bronze.newest_usable) <= 60 * limits.hours, FALSE) AS silver_is_fresh,
    bronze.newest_unusable IS NULL
    OR coalesce(timestampdiff(MINUTE, quarantine.newest, bronze.newest_unusable) <= 60 * limits.hours, FALSE)
      AS quarantine_is_fresh
  FROM newest
  CROSS JOIN bronze
  CROSS JOIN missing
  CROSS JOIN limits
  CROSS JOIN (SELECT max(_ingested_at) AS newest FROM payments_enriched_silver) AS silver
  CROSS JOIN (SELECT max(ingested_at) AS newest FROM payments_quarantine) AS quarantine
),

looked_at AS (
  SELECT
    kinds.table_name,
    CASE kinds.table_name
      WHEN 'payments_raw_bronze' THEN found.bronze_newest
      WHEN 'payments_enriched_silver' THEN found.silver_newest
      ELSE found.quarantine_newest
    END AS event_time,
    CASE kinds.table_name
      WHEN 'payments_raw_bronze' THEN TRUE
      WHEN 'payments_enriched_silver' THEN found.silver_is_fresh
      ELSE found.quarantine_is_fresh
    END AS is_fresh,
    CASE kinds.table_name
      WHEN 'payments_raw_bronze' THEN found.bronze_is_complete
      WHEN 'payments_enriched_silver' THEN found.silver_is_complete
      ELSE found.quarantine_is_complete
    END AS is_complete
  FROM found
  CROSS JOIN (
    VALUES ('payments_raw_bronze'), ('payments_enriched_silver'), ('payments_quarantine')
  ) AS kinds (table_name)
),

downstream AS (
  SELECT
    made_from AS table_name,
    count(*) AS objects
  FROM object_dependencies
  GROUP BY made_from
)

SELECT
  looked_at.event_time,
  app_config.catalog AS catalog_name,
  app_config.schema AS schema_name,
  looked_at.table_name,
  if(looked_at.is_fresh AND looked_at.is_complete, 'Healthy', 'Unhealthy') AS overall_status,
  if(looked_at.is_fresh, 'Healthy', 'Unhealthy') AS freshness_status,
  if(looked_at.is_complete, 'Healthy', 'Unhealthy') AS completeness_status,
  CASE
    WHEN looked_at.is_fresh AND looked_at.is_complete THEN 'NONE'
    WHEN downstream.objects > 0 THEN 'HIGH'
    ELSE 'LOW'
  END AS impact_level,
  coalesce(downstream.objects, 0) AS num_downstream_tables,
  if(looked_at.is_fresh AND looked_at.is_complete, 0, coalesce(downstream.objects, 0)) AS num_queries_affected
FROM looked_at
CROSS JOIN app_config
LEFT JOIN downstream ON looked_at.table_name = downstream.table_name
ORDER BY looked_at.table_name;
