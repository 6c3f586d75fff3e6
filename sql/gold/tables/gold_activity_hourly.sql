-- Payments by hour and segment: volumes, approvals, values and risk. The base of the headline figures and of trends.
CREATE TABLE IF NOT EXISTS gold_activity_hourly (
  event_date DATE NOT NULL COMMENT 'Day of the payments, UTC',
  event_hour INT NOT NULL COMMENT 'Hour of the day, 0 to 23, UTC',
  merchant_segment STRING COMMENT 'Line of business of the merchant',
  transaction_count BIGINT NOT NULL COMMENT 'Payments',
  approved_count BIGINT NOT NULL COMMENT 'Payments that were approved',
  first_attempt_count BIGINT NOT NULL COMMENT 'Payments that repeat no earlier attempt',
  first_attempt_approved_count BIGINT NOT NULL COMMENT 'Of these, the approved ones',
  high_risk_count BIGINT NOT NULL COMMENT 'Payments of risk tier high',
  auth_3ds_count BIGINT NOT NULL COMMENT 'Payments with 3-D Secure data',
  total_value_usd DECIMAL(34, 2) COMMENT 'Sum of the amounts, US dollars',
  value_count BIGINT NOT NULL COMMENT 'Payments with an amount in US dollars',
  approved_value_usd DECIMAL(34, 2) COMMENT 'Sum of the approved amounts, US dollars',
  fraud_score_sum DECIMAL(26, 6) COMMENT 'Sum of the fraud scores',
  fraud_score_count BIGINT NOT NULL COMMENT 'Payments with a fraud score',
  aml_risk_score_sum DECIMAL(26, 6) COMMENT 'Sum of the money-laundering scores',
  aml_risk_score_count BIGINT NOT NULL COMMENT 'Payments with a money-laundering score',
  latency_sum_ms BIGINT COMMENT 'Sum of the latencies, milliseconds',
  latency_count BIGINT NOT NULL COMMENT 'Payments with a latency',
  merchants_sketch BINARY COMMENT 'Distinct merchants: HLL sketch, merged with hll_union_agg',
  issuer_countries_sketch BINARY COMMENT 'Distinct issuer countries: HLL sketch, merged with hll_union_agg',
  first_event_time TIMESTAMP COMMENT 'Time of the first payment, UTC',
  last_event_time TIMESTAMP COMMENT 'Time of the last payment, UTC'
)
USING DELTA
CLUSTER BY (event_date)
COMMENT 'Payments by hour and segment: counts, values and sums that add up';

INSERT INTO gold_activity_hourly
REPLACE WHERE event_date IN (:dates)
SELECT
  event_date,
  event_hour,
  merchant_segment,
  count(*) AS transaction_count,
  count_if(is_approved) AS approved_count,
  count_if(retry_of_transaction_id IS NULL) AS first_attempt_count,
  count_if(retry_of_transaction_id IS NULL AND is_approved) AS first_attempt_approved_count,
  count_if(risk_tier = 'high') AS high_risk_count,
  count_if(uses_3ds) AS auth_3ds_count,
  sum(CAST(amount_usd AS DECIMAL(24, 2))) AS total_value_usd,
  count(amount_usd) AS value_count,
  coalesce(sum(CAST(amount_usd AS DECIMAL(24, 2))) FILTER (WHERE is_approved), 0) AS approved_value_usd,
  sum(CAST(fraud_score AS DECIMAL(16, 6))) AS fraud_score_sum,
  count(fraud_score) AS fraud_score_count,
  sum(CAST(aml_risk_score AS DECIMAL(16, 6))) AS aml_risk_score_sum,
  count(aml_risk_score) AS aml_risk_score_count,
  sum(processing_time_ms) AS latency_sum_ms,
  count(processing_time_ms) AS latency_count,
  hll_sketch_agg(merchant_id) AS merchants_sketch,
  hll_sketch_agg(issuer_country) AS issuer_countries_sketch,
  min(event_timestamp) AS first_event_time,
  max(event_timestamp) AS last_event_time
FROM payments_enriched_silver
WHERE event_date IN (:dates)
GROUP BY event_date, event_hour, merchant_segment;
