-- How much of what arrived in the 24 hours before the newest arrival became usable payments: one row. What is missing
-- came before already, or is in payments_quarantine.
CREATE OR REPLACE VIEW v_data_quality_summary (
  bronze_last_24h COMMENT 'Records that arrived',
  silver_last_24h COMMENT 'Payments made from them',
  retention_pct_24h COMMENT 'Payments, percent of the records that arrived',
  latest_bronze_ingestion COMMENT 'When the newest record arrived, UTC',
  latest_silver_event COMMENT 'Time of the newest payment, UTC'
)
COMMENT 'How much of what arrived in the 24 hours before the newest arrival became payments: one row'
AS
WITH newest AS (
  SELECT max(_ingested_at) AS ingested_at
  FROM payments_raw_bronze
),

bronze AS (
  SELECT count(*) AS records
  FROM payments_raw_bronze
  WHERE _ingested_at > (SELECT newest.ingested_at - INTERVAL 24 HOURS FROM newest)
),

silver AS (
  SELECT count(*) AS records
  FROM payments_enriched_silver
  WHERE _ingested_at > (SELECT newest.ingested_at - INTERVAL 24 HOURS FROM newest)
),

last_event AS (
  SELECT max(last_event_time) AS event_time
  FROM gold_activity_hourly
)

SELECT
  bronze.records AS bronze_last_24h,
  silver.records AS silver_last_24h,
  round(100 * silver.records / nullif(bronze.records, 0), 2) AS retention_pct_24h,
  newest.ingested_at AS latest_bronze_ingestion,
  last_event.event_time AS latest_silver_event
FROM newest
CROSS JOIN bronze
CROSS JOIN silver
CROSS JOIN last_event;
