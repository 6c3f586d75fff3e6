-- Payment links paid from Brazil by the services that they passed, over all payments so far.
CREATE OR REPLACE VIEW v_smart_checkout_service_path_br (
  service_path COMMENT 'Services that the payments passed, joined by +; empty when none',
  transaction_count COMMENT 'Payments',
  approved_count COMMENT 'Payments that were approved',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  total_value COMMENT 'Sum of the amounts, US dollars',
  antifraud_declines COMMENT 'Payments that were declined after a failed antifraud check',
  antifraud_pct_of_declines COMMENT 'Of the declines of the path, percent; NULL when it has none'
)
COMMENT 'Payment links paid from Brazil by the services that they passed'
AS
SELECT
  service_path,
  sum(transaction_count) AS transaction_count,
  sum(approved_count) AS approved_count,
  round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
  sum(total_value_usd) AS total_value,
  sum(antifraud_declined_count) AS antifraud_declines,
  round(100 * sum(antifraud_declined_count) / nullif(sum(declined_count), 0), 2) AS antifraud_pct_of_declines
FROM gold_checkout_daily
WHERE geo_country = 'BR'
GROUP BY service_path
ORDER BY transaction_count DESC;
