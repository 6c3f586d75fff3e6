-- Headline figures over all payments so far: one row.
CREATE OR REPLACE VIEW v_executive_kpis (
  total_transactions COMMENT 'Payments',
  unique_merchants COMMENT 'Distinct merchants: exact to some hundreds, about 2 percent off above',
  unique_countries COMMENT 'Distinct countries of issuing banks',
  approved_count COMMENT 'Payments that were approved',
  declined_count COMMENT 'Payments that were declined',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  avg_aml_risk_score COMMENT 'Mean money-laundering score, 0 to 1',
  total_transaction_value COMMENT 'Sum of the amounts, US dollars',
  approved_value COMMENT 'Sum of the approved amounts, US dollars',
  declined_value COMMENT 'Sum of the declined amounts, US dollars',
  avg_transaction_amount COMMENT 'Mean amount, US dollars',
  auth_3ds_usage_pct COMMENT 'Payments with 3-D Secure data, percent of the payments',
  period_start COMMENT 'Time of the first payment, UTC',
  period_end COMMENT 'Time of the last payment, UTC'
)
COMMENT 'Headline figures over all payments so far: one row'
AS
SELECT
  sum(transaction_count) AS total_transactions,
  hll_sketch_estimate(hll_union_agg(merchants_sketch)) AS unique_merchants,
  hll_sketch_estimate(hll_union_agg(issuer_countries_sketch)) AS unique_countries,
  sum(approved_count) AS approved_count,
  sum(transaction_count) - sum(approved_count) AS declined_count,
  round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
  round(sum(aml_risk_score_sum) / nullif(sum(aml_risk_score_count), 0), 4) AS avg_aml_risk_score,
  sum(total_value_usd) AS total_transaction_value,
  sum(approved_value_usd) AS approved_value,
  sum(total_value_usd) - sum(approved_value_usd) AS declined_value,
  round(sum(total_value_usd) / nullif(sum(value_count), 0), 2) AS avg_transaction_amount,
  round(100 * sum(auth_3ds_count) / sum(transaction_count), 2) AS auth_3ds_usage_pct,
  min(first_event_time) AS period_start,
  max(last_event_time) AS period_end
FROM gold_activity_hourly;
