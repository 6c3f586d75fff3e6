-- The hour before the newest payment: one row.
CREATE OR REPLACE VIEW v_last_hour_performance (
  transactions_last_hour COMMENT 'Payments',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  total_value COMMENT 'Sum of the amounts, US dollars',
  active_segments COMMENT 'Segments with a payment',
  high_risk_transactions COMMENT 'Payments of risk tier high',
  declines_last_hour COMMENT 'Payments that were declined'
)
COMMENT 'The hour before the newest payment: one row'
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
    merchant_segment,
    risk_tier
  FROM payments_enriched_silver
  WHERE event_date >= (SELECT to_date(newest.event_timestamp - INTERVAL 1 HOUR) FROM newest)
    AND event_timestamp > (SELECT newest.event_timestamp - INTERVAL 1 HOUR FROM newest)
)

SELECT
  count(*) AS transactions_last_hour,
  round(100 * count_if(is_approved) / nullif(count(*), 0), 2) AS approval_rate_pct,
  round(avg(fraud_score), 4) AS avg_fraud_score,
  sum(CAST(amount_usd AS DECIMAL(24, 2))) AS total_value,
  count(DISTINCT merchant_segment) AS active_segments,
  count_if(risk_tier = 'high') AS high_risk_transactions,
  count_if(NOT is_approved) AS declines_last_hour
FROM recent;
