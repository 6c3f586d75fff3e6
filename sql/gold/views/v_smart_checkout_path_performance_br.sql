-- Payment links paid from Brazil by the path that smart checkout recommends, over all payments so far.
CREATE OR REPLACE VIEW v_smart_checkout_path_performance_br (
  recommended_path COMMENT '3ds_challenge, passkey, network_token, 3ds_frictionless or standard',
  transaction_count COMMENT 'Payments',
  approved_count COMMENT 'Payments that were approved',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  total_value COMMENT 'Sum of the amounts, US dollars'
)
COMMENT 'Payment links paid from Brazil by the path that smart checkout recommends'
AS
SELECT
  recommended_path,
  sum(transaction_count) AS transaction_count,
  sum(approved_count) AS approved_count,
  round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct,
  sum(total_value_usd) AS total_value
FROM gold_checkout_daily
WHERE geo_country = 'BR'
GROUP BY recommended_path
ORDER BY transaction_count DESC;
