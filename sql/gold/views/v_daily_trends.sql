-- Payments and approvals by day, over the last 90 days.
CREATE OR REPLACE VIEW v_daily_trends (
  event_date COMMENT 'Day, UTC',
  transactions COMMENT 'Payments',
  approval_rate COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  total_value COMMENT 'Sum of the amounts, US dollars',
  dod_volume_change COMMENT 'Payments more (or fewer) than on the day before in this list; NULL for the first day'
)
COMMENT 'Payments and approvals by day, over the last 90 days'
AS
WITH daily AS (
  SELECT
    event_date,
    sum(transaction_count) AS transactions,
    round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate,
    round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
    sum(total_value_usd) AS total_value
  FROM gold_activity_hourly
  WHERE event_date > (SELECT date_sub(max(event_date), 90) FROM gold_activity_hourly)
  GROUP BY event_date
)

SELECT
  event_date,
  transactions,
  approval_rate,
  avg_fraud_score,
  total_value,
  transactions - lag(transactions) OVER (ORDER BY event_date) AS dod_volume_change
FROM daily
ORDER BY event_date DESC;
