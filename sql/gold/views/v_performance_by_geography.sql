-- Payments and approvals by country of the issuing bank, over all payments so far; countries with ten payments or
-- more.
CREATE OR REPLACE VIEW v_performance_by_geography (
  country COMMENT 'Country of the issuing bank, ISO 3166 alpha-2',
  transaction_count COMMENT 'Payments',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  total_transaction_value COMMENT 'Sum of the amounts, US dollars',
  unique_merchants COMMENT 'Distinct merchants: exact to some hundreds, about 2 percent off above'
)
COMMENT 'Payments and approvals by country of the issuing bank, for countries with ten payments or more'
AS
SELECT
  issuer_country AS country,
  sum(transaction_count) AS transaction_count,
  round(100 * coalesce(sum(transaction_count) FILTER (WHERE is_approved), 0) / sum(transaction_count), 2) AS approval_rate_pct,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
  sum(total_value_usd) AS total_transaction_value,
  hll_sketch_estimate(hll_union_agg(merchants_sketch)) AS unique_merchants
FROM gold_payments_daily
WHERE issuer_country IS NOT NULL
GROUP BY issuer_country
HAVING sum(transaction_count) >= 10
ORDER BY transaction_count DESC;
