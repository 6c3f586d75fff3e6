-- Payments and approvals by hour, over the seven days before the newest payment.
CREATE OR REPLACE VIEW v_approval_trends_hourly (
  hour COMMENT 'Start of the hour, UTC',
  transaction_count COMMENT 'Payments',
  approved_count COMMENT 'Payments that were approved',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  total_value COMMENT 'Sum of the amounts, US dollars',
  active_segments COMMENT 'Segments with a payment in the hour'
)
COMMENT 'Payments and approvals by hour, over the seven days before the newest payment'
AS
WITH hourly AS (
  SELECT
    timestampadd(HOUR, event_hour, CAST(event_date AS TIMESTAMP)) AS hour,
    merchant_segment,
    transaction_count,
    approved_count,
    fraud_score_sum,
    fraud_score_count,
    total_value_usd
  FROM gold_activity_hourly
  WHERE event_date >= (SELECT date_sub(max(event_date), 7) FROM gold_activity_hourly)
),

newest AS (
  SELECT max(hour) AS hour
  FROM hourly
)

SELECT
  hour,
  sum(transaction_count) AS transaction_count,
  sum(approved_count) AS approved_count,
  round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
  sum(total_value_usd) AS total_value,
  count(DISTINCT merchant_segment) AS active_segments
FROM hourly
WHERE hour > (SELECT newest.hour - INTERVAL 7 DAYS FROM newest)
GROUP BY hour
ORDER BY hour DESC;
