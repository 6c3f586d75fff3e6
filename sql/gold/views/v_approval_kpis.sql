-- Payments and approvals by day, over all days.
CREATE OR REPLACE VIEW v_approval_kpis (
  event_date COMMENT 'Day, UTC',
  total_transactions COMMENT 'Payments',
  approved_count COMMENT 'Payments that were approved',
  declined_count COMMENT 'Payments that were declined',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  total_value COMMENT 'Sum of the amounts, US dollars',
  unique_merchants COMMENT 'Distinct merchants: exact to some hundreds, about 2 percent off above'
)
COMMENT 'Payments and approvals by day'
AS
SELECT
  event_date,
  sum(transaction_count) AS total_transactions,
  sum(approved_count) AS approved_count,
  sum(transaction_count) - sum(approved_count) AS declined_count,
  round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
  sum(total_value_usd) AS total_value,
  hll_sketch_estimate(hll_union_agg(merchants_sketch)) AS unique_merchants
FROM gold_activity_hourly
GROUP BY event_date
ORDER BY event_date DESC;
