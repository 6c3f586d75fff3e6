-- The minute before the newest payment: one row.
CREATE OR REPLACE VIEW v_last_60_seconds_performance (
  transactions_last_60s COMMENT 'Payments',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  total_value COMMENT 'Sum of the amounts, US dollars',
  declines_last_60s COMMENT 'Payments that were declined'
)
COMMENT 'The 60 seconds before the newest payment: one row'
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
    amount_usd
  FROM payments_enriched_silver
  WHERE event_date >= (SELECT to_date(newest.event_timestamp - INTERVAL 60 SECONDS) FROM newest)
    AND event_timestamp > (SELECT newest.event_timestamp - INTERVAL 60 SECONDS FROM newest)
)

SELECT
  count(*) AS transactions_last_60s,
  round(100 * count_if(is_approved) / nullif(count(*), 0), 2) AS approval_rate_pct,
  round(avg(fraud_score), 4) AS avg_fraud_score,
  sum(CAST(amount_usd AS DECIMAL(24, 2))) AS total_value,
  count_if(NOT is_approved) AS declines_last_60s
FROM recent;
