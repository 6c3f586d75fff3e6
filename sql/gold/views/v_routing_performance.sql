-- Payments by payment solution and card network, over all payments so far.
CREATE OR REPLACE VIEW v_routing_performance (
  payment_solution COMMENT 'standard, 3ds, network_token, passkey, apple_pay or google_pay',
  card_network COMMENT 'Card network',
  transaction_count COMMENT 'Payments',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_latency_ms COMMENT 'Mean time from request to response, milliseconds',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  total_value COMMENT 'Sum of the amounts, US dollars'
)
COMMENT 'Payments by payment solution and card network'
AS
SELECT
  payment_solution,
  card_network,
  sum(transaction_count) AS transaction_count,
  round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct,
  round(sum(latency_sum_ms) / nullif(sum(latency_count), 0), 2) AS avg_latency_ms,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
  sum(total_value_usd) AS total_value
FROM gold_routes_daily
GROUP BY payment_solution, card_network
ORDER BY transaction_count DESC;
