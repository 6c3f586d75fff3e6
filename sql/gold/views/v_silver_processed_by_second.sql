-- Payments that silver took in by second of processing, over the hour before the newest of them.
CREATE OR REPLACE VIEW v_silver_processed_by_second (
  event_second COMMENT 'Second, UTC',
  silver_record_count COMMENT 'Payments that were processed'
)
COMMENT 'Payments that silver took in by second of processing, over the hour before the newest of them'
AS
SELECT
  date_trunc('SECOND', _processed_at) AS event_second,
  count(*) AS silver_record_count
FROM payments_enriched_silver
WHERE _processed_at > (SELECT max(_processed_at) - INTERVAL 1 HOUR FROM payments_enriched_silver)
GROUP BY date_trunc('SECOND', _processed_at)
ORDER BY event_second DESC
LIMIT 3600;
