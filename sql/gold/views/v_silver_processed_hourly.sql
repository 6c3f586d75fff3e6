-- Payments that silver took in by hour of processing, over the seven days before the newest of them.
CREATE OR REPLACE VIEW v_silver_processed_hourly (
  hour COMMENT 'Start of the hour, UTC',
  silver_record_count COMMENT 'Payments that were processed'
)
COMMENT 'Payments that silver took in by hour of processing, over the seven days before the newest of them'
AS
SELECT
  date_trunc('HOUR', _processed_at) AS hour,
  count(*) AS silver_record_count
FROM payments_enriched_silver
WHERE _processed_at > (SELECT max(_processed_at) - INTERVAL 7 DAYS FROM payments_enriched_silver)
GROUP BY date_trunc('HOUR', _processed_at)
ORDER BY hour DESC;
