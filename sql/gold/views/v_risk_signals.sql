-- Payments by segment, issuer country and risk tier, over all payments so far.
CREATE OR REPLACE VIEW v_risk_signals (
  merchant_segment COMMENT 'Line of business of the merchant',
  issuer_country COMMENT 'Country of the issuing bank, ISO 3166 alpha-2',
  risk_tier COMMENT 'low, medium or high',
  transaction_count COMMENT 'Payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  avg_aml_score COMMENT 'Mean money-laundering score, 0 to 1',
  avg_composite_risk COMMENT 'Mean composite risk score, 0 to 1',
  approved_count COMMENT 'Payments that were approved',
  total_value COMMENT 'Sum of the amounts, US dollars',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments'
)
COMMENT 'Payments by segment, issuer country and risk tier'
AS
SELECT
  merchant_segment,
  issuer_country,
  risk_tier,
  sum(transaction_count) AS transaction_count,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
  round(sum(aml_risk_score_sum) / nullif(sum(aml_risk_score_count), 0), 4) AS avg_aml_score,
  round(sum(composite_risk_score_sum) / nullif(sum(composite_risk_score_count), 0), 4) AS avg_composite_risk,
  sum(approved_count) AS approved_count,
  sum(total_value_usd) AS total_value,
  round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct
FROM gold_risk_daily
GROUP BY merchant_segment, issuer_country, risk_tier
ORDER BY transaction_count DESC;
