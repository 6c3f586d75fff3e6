-- Payments by second of the event, over the hour before the newest payment.
CREATE OR REPLACE VIEW v_streaming_volume_per_second (
  event_second COMMENT 'Second, UTC',
  records_per_second COMMENT 'Payments in the second'
)
COMMENT 'Payments by second of the event, over the hour before the newest payment, 3600 rows at most'
AS
WITH newest AS (
  SELECT max(event_timestamp) AS event_timestamp
  FROM payments_enriched_silver
  WHERE event_date >= (SELECT max(event_date) FROM gold_activity_hourly)
),

recent AS (
  SELECT
    event_timestamp
  FROM payments_enriched_silver
  WHERE event_date >= (SELECT to_date(newest.event_timestamp - INTERVAL 1 HOUR) FROM newest)
    AND event_timestamp > (SELECT newest.event_timestamp - INTERVAL 1 HOUR FROM newest)
)

SELECT
  date_trunc('SECOND', event_timestamp) AS event_second,
  count(*) AS records_per_second
FROM recent
GROUP BY date_trunc('SECOND', event_timestamp)
ORDER BY event_second DESC
LIMIT 3600;
