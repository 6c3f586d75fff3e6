-- Payments by payment solution, network and latency: the buckets of the latency are a histogram, from which percentiles
-- follow for any days and any of the other columns.
CREATE TABLE IF NOT EXISTS gold_routes_daily (
  event_date DATE NOT NULL COMMENT 'Day of the payments, UTC',
  payment_solution STRING COMMENT 'standard, 3ds, network_token, passkey, apple_pay or google_pay',
  card_network STRING COMMENT 'Card network',
  latency_bucket_ms INT COMMENT 'Lower bound of the latency, milliseconds: steps of 25 below 500, of 100 from there to 5000; NULL when not measured',
  transaction_count BIGINT NOT NULL COMMENT 'Payments',
  approved_count BIGINT NOT NULL COMMENT 'Payments that were approved',
  total_value_usd DECIMAL(34, 2) COMMENT 'Sum of the amounts, US dollars',
  value_count BIGINT NOT NULL COMMENT 'Payments with an amount in US dollars',
  fraud_score_sum DECIMAL(26, 6) COMMENT 'Sum of the fraud scores',
  fraud_score_count BIGINT NOT NULL COMMENT 'Payments with a fraud score',
  latency_sum_ms BIGINT COMMENT 'Sum of the latencies, milliseconds',
  latency_count BIGINT NOT NULL COMMENT 'Payments with a latency'
)
USING DELTA
CLUSTER BY (event_date)
COMMENT 'Payments by payment solution, network and latency bucket: counts, values and sums that add up';

INSERT INTO gold_routes_daily
REPLACE WHERE event_date IN (:dates)
SELECT
  event_date,
  payment_solution,
  card_network,
  CASE
    WHEN processing_time_ms < 500 THEN processing_time_ms DIV 25 * 25
    ELSE least(processing_time_ms DIV 100 * 100, 5000)
  END AS latency_bucket_ms,
  count(*) AS transaction_count,
  count_if(is_approved) AS approved_count,
  sum(CAST(amount_usd AS DECIMAL(24, 2))) AS total_value_usd,
  count(amount_usd) AS value_count,
  sum(CAST(fraud_score AS DECIMAL(16, 6))) AS fraud_score_sum,
  count(fraud_score) AS fraud_score_count,
  sum(processing_time_ms) AS latency_sum_ms,
  count(processing_time_ms) AS latency_count
FROM payments_enriched_silver
WHERE event_date IN (:dates)
GROUP BY event_date, payment_solution, card_network, latency_bucket_ms;
