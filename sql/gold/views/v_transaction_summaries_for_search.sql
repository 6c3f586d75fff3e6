-- Payments of the last 30 days by segment, issuer country and payment solution, each cell with a sentence; cells with
-- ten payments or more.
CREATE OR REPLACE VIEW v_transaction_summaries_for_search (
  merchant_segment COMMENT 'Line of business of the merchant',
  issuer_country COMMENT 'Country of the issuing bank, ISO 3166 alpha-2',
  payment_solution COMMENT 'standard, 3ds, network_token, passkey, apple_pay or google_pay',
  transaction_count COMMENT 'Payments',
  approved_count COMMENT 'Payments that were approved',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  avg_amount COMMENT 'Mean amount, US dollars',
  avg_latency_ms COMMENT 'Mean time from request to response, milliseconds',
  avg_device_trust COMMENT 'Mean device trust score, 0 to 1',
  cross_border_count COMMENT 'Payments whose issuer and merchant are in different countries',
  search_text COMMENT 'The cell in words'
)
COMMENT 'Payments of the last 30 days by segment, issuer country and payment solution, each cell with a sentence'
AS
WITH cells AS (
  SELECT
    merchant_segment,
    issuer_country,
    payment_solution,
    sum(transaction_count) AS transaction_count,
    sum(approved_count) AS approved_count,
    round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct,
    round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
    round(sum(total_value_usd) / nullif(sum(value_count), 0), 2) AS avg_amount,
    round(sum(latency_sum_ms) / nullif(sum(latency_count), 0), 2) AS avg_latency_ms,
    round(sum(device_trust_score_sum) / nullif(sum(device_trust_score_count), 0), 4) AS avg_device_trust,
    sum(cross_border_count) AS cross_border_count
  FROM gold_risk_daily
  WHERE event_date > (SELECT date_sub(max(event_date), 30) FROM gold_risk_daily)
  GROUP BY merchant_segment, issuer_country, payment_solution
  HAVING sum(transaction_count) >= 10
)

SELECT
  merchant_segment,
  issuer_country,
  payment_solution,
  transaction_count,
  approved_count,
  approval_rate_pct,
  avg_fraud_score,
  avg_amount,
  avg_latency_ms,
  avg_device_trust,
  cross_border_count,
  concat_ws(
    ' ', merchant_segment, 'payments of cards from', issuer_country, 'by', concat(payment_solution, ':'),
    transaction_count, 'payments,', approval_rate_pct, '% approved, mean amount', avg_amount,
    'USD, mean fraud score', avg_fraud_score
  ) AS search_text
FROM cells
ORDER BY transaction_count DESC;
