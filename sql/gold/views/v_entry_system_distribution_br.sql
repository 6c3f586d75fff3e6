-- Payments from Brazil by the system that took them in, over all payments so far.
CREATE OR REPLACE VIEW v_entry_system_distribution_br (
  entry_system COMMENT 'PD, WS, SEP or CHECKOUT',
  transaction_count COMMENT 'Payments',
  approved_count COMMENT 'Payments that were approved',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  total_value COMMENT 'Sum of the amounts, US dollars'
)
COMMENT 'Payments from Brazil by the system that took them in'
AS
SELECT
  entry_system,
  sum(transaction_count) AS transaction_count,
  coalesce(sum(transaction_count) FILTER (WHERE is_approved), 0) AS approved_count,
  round(100 * coalesce(sum(transaction_count) FILTER (WHERE is_approved), 0) / sum(transaction_count), 2) AS approval_rate_pct,
  sum(total_value_usd) AS total_value
FROM gold_entry_daily
WHERE geo_country = 'BR'
GROUP BY entry_system
ORDER BY transaction_count DESC;
