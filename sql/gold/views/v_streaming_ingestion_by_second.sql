-- Records that arrived in bronze by second of arrival, over the hour before the newest of them.
CREATE OR REPLACE VIEW v_streaming_ingestion_by_second (
  event_second COMMENT 'Second, UTC',
  bronze_record_count COMMENT 'Records that arrived'
)
COMMENT 'Records that arrived in bronze by second of arrival, over the hour before the newest of them'
AS
SELECT
  date_trunc('SECOND', _ingested_at) AS event_second,
  count(*) AS bronze_record_count
FROM payments_raw_bronze
WHERE _ingested_at > (SELECT max(_ingested_at) - INTERVAL 1 HOUR FROM payments_raw_bronze)
GROUP BY date_trunc('SECOND', _ingested_at)
ORDER BY event_second DESC
LIMIT 3600;
