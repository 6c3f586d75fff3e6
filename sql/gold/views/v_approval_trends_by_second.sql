-- Payments and approvals by second, over the hour before the newest payment.
CREATE OR REPLACE VIEW v_approval_trends_by_second (
  event_second COMMENT 'Second, UTC',
  transaction_count COMMENT 'Payments',
  approved_count COMMENT 'Payments that were approved',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  total_value COMMENT 'Sum of the amounts, US dollars',
  active_segments COMMENT 'Segments with a payment in the second'
)
COMMENT 'Payments and approvals by second, over the hour before the newest payment, 3600 rows at most'
AS
WITH newest AS (
  SELECT max(event_timestamp) AS event_timestamp
  FROM payments_enriched_silver
  WHERE event_date >= (SELECT max(event_date) FROM gold_activity_hourly)
),

recent AS (
  SELECT
    event_timestamp,
    is_approved,
    fraud_score,
    amount_usd,
    merchant_segment
  FROM payments_enriched_silver
  WHERE event_date >= (SELECT to_date(newest.event_timestamp - INTERVAL 1 HOUR) FROM newest)
    AND event_timestamp > (SELECT newest.event_timestamp - INTERVAL 1 HOUR FROM newest)
)

SELECT
  date_trunc('SECOND', event_timestamp) AS event_second,
  count(*) AS transaction_count,
  count_if(is_approved) AS approved_count,
  round(100 * count_if(is_approved) / nullif(count(*), 0), 2) AS approval_rate_pct,
  round(avg(fraud_score), 4) AS avg_fraud_score,
  sum(CAST(amount_usd AS DECIMAL(24, 2))) AS total_value,
  count(DISTINCT merchant_segment) AS active_segments
FROM recent
GROUP BY date_trunc('SECOND', event_timestamp)
ORDER BY event_second DESC
LIMIT 3600;
