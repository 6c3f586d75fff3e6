-- Declines by reason as the processor names it, over all payments so far. Low risk is the risk tier low, as
-- everywhere.
CREATE OR REPLACE VIEW v_top_decline_reasons (
  decline_reason COMMENT 'Reason as the processor names it; UNKNOWN where it named none',
  decline_count COMMENT 'Payments that were declined',
  pct_of_declines COMMENT 'Percent of all declines',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  avg_amount COMMENT 'Mean amount, US dollars',
  total_declined_value COMMENT 'Sum of the declined amounts, US dollars',
  affected_merchants COMMENT 'Distinct merchants with such a decline: exact to some hundreds, about 2 percent off above',
  low_risk_declines COMMENT 'Declines of risk tier low',
  recoverable_pct COMMENT 'Declines of risk tier low, percent of the declines of the reason'
)
COMMENT 'Declines by reason as the processor names it'
AS
SELECT
  coalesce(decline_reason, 'UNKNOWN') AS decline_reason,
  sum(transaction_count) AS decline_count,
  round(100 * sum(transaction_count) / sum(sum(transaction_count)) OVER (), 2) AS pct_of_declines,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
  round(sum(total_value_usd) / nullif(sum(value_count), 0), 2) AS avg_amount,
  sum(total_value_usd) AS total_declined_value,
  hll_sketch_estimate(hll_union_agg(merchants_sketch)) AS affected_merchants,
  sum(low_risk_count) AS low_risk_declines,
  round(100 * sum(low_risk_count) / sum(transaction_count), 2) AS recoverable_pct
FROM gold_payments_daily
WHERE NOT is_approved
GROUP BY coalesce(decline_reason, 'UNKNOWN')
ORDER BY decline_count DESC;
