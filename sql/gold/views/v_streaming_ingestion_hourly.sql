-- Records that arrived in bronze by hour of arrival, over the seven days before the newest of them.
CREATE OR REPLACE VIEW v_streaming_ingestion_hourly (
  hour COMMENT 'Start of the hour, UTC',
  bronze_record_count COMMENT 'Records that arrived'
)
COMMENT 'Records that arrived in bronze by hour of arrival, over the seven days before the newest of them'
AS
SELECT
  date_trunc('HOUR', _ingested_at) AS hour,
  count(*) AS bronze_record_count
FROM payments_raw_bronze
WHERE _ingested_at > (SELECT max(_ingested_at) - INTERVAL 7 DAYS FROM payments_raw_bronze)
GROUP BY date_trunc('HOUR', _ingested_at)
ORDER BY hour DESC;
