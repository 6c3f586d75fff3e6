-- Payments of the last 30 days by segment.
CREATE OR REPLACE VIEW v_merchant_segment_performance (
  merchant_segment COMMENT 'Line of business of the merchant',
  transaction_count COMMENT 'Payments',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  unique_merchants COMMENT 'Distinct merchants: exact to some hundreds, about 2 percent off above',
  avg_transaction_amount COMMENT 'Mean amount, US dollars',
  total_value COMMENT 'Sum of the amounts, US dollars',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  auth_3ds_usage_pct COMMENT 'Payments with 3-D Secure data, percent of the payments'
)
COMMENT 'Payments of the last 30 days by segment'
AS
SELECT
  merchant_segment,
  sum(transaction_count) AS transaction_count,
  round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct,
  hll_sketch_estimate(hll_union_agg(merchants_sketch)) AS unique_merchants,
  round(sum(total_value_usd) / nullif(sum(value_count), 0), 2) AS avg_transaction_amount,
  sum(total_value_usd) AS total_value,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
  round(100 * sum(auth_3ds_count) / sum(transaction_count), 2) AS auth_3ds_usage_pct
FROM gold_activity_hourly
WHERE event_date > (SELECT date_sub(max(event_date), 30) FROM gold_activity_hourly)
GROUP BY merchant_segment
ORDER BY transaction_count DESC;
