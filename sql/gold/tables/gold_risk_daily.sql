-- Payments by segment, issuer country, payment solution and risk tier: the cells behind the risk signals and behind the
-- summaries that search works on.
CREATE TABLE IF NOT EXISTS gold_risk_daily (
  event_date DATE NOT NULL COMMENT 'Day of the payments, UTC',
  merchant_segment STRING COMMENT 'Line of business of the merchant',
  issuer_country STRING COMMENT 'Country of the issuing bank, ISO 3166 alpha-2',
  payment_solution STRING COMMENT 'standard, 3ds, network_token, passkey, apple_pay or google_pay',
  risk_tier STRING COMMENT 'low, medium or high',
  transaction_count BIGINT NOT NULL COMMENT 'Payments',
  approved_count BIGINT NOT NULL COMMENT 'Payments that were approved',
  cross_border_count BIGINT NOT NULL COMMENT 'Payments whose issuer and merchant are in different countries',
  total_value_usd DECIMAL(34, 2) COMMENT 'Sum of the amounts, US dollars',
  value_count BIGINT NOT NULL COMMENT 'Payments with an amount in US dollars',
  fraud_score_sum DECIMAL(26, 6) COMMENT 'Sum of the fraud scores',
  fraud_score_count BIGINT NOT NULL COMMENT 'Payments with a fraud score',
  aml_risk_score_sum DECIMAL(26, 6) COMMENT 'Sum of the money-laundering scores',
  aml_risk_score_count BIGINT NOT NULL COMMENT 'Payments with a money-laundering score',
  device_trust_score_sum DECIMAL(26, 6) COMMENT 'Sum of the device trust scores',
  device_trust_score_count BIGINT NOT NULL COMMENT 'Payments with a device trust score',
  composite_risk_score_sum DECIMAL(26, 6) COMMENT 'Sum of the composite risk scores',
  composite_risk_score_count BIGINT NOT NULL COMMENT 'Payments with a composite risk score',
  latency_sum_ms BIGINT COMMENT 'Sum of the latencies, milliseconds',
  latency_count BIGINT NOT NULL COMMENT 'Payments with a latency'
)
USING DELTA
CLUSTER BY (event_date)
COMMENT 'Payments by segment, issuer country, payment solution and risk tier: counts, values and sums that add up';

INSERT INTO gold_risk_daily
REPLACE WHERE event_date IN (:dates)
SELECT
  event_date,
  merchant_segment,
  issuer_country,
  payment_solution,
  risk_tier,
  count(*) AS transaction_count,
  count_if(is_approved) AS approved_count,
  count_if(is_cross_border) AS cross_border_count,
  sum(CAST(amount_usd AS DECIMAL(24, 2))) AS total_value_usd,
  count(amount_usd) AS value_count,
  sum(CAST(fraud_score AS DECIMAL(16, 6))) AS fraud_score_sum,
  count(fraud_score) AS fraud_score_count,
  sum(CAST(aml_risk_score AS DECIMAL(16, 6))) AS aml_risk_score_sum,
  count(aml_risk_score) AS aml_risk_score_count,
  sum(CAST(device_trust_score AS DECIMAL(16, 6))) AS device_trust_score_sum,
  count(device_trust_score) AS device_trust_score_count,
  sum(CAST(composite_risk_score AS DECIMAL(16, 6))) AS composite_risk_score_sum,
  count(composite_risk_score) AS composite_risk_score_count,
  sum(processing_time_ms) AS latency_sum_ms,
  count(processing_time_ms) AS latency_count
FROM payments_enriched_silver
WHERE event_date IN (:dates)
GROUP BY event_date, merchant_segment, issuer_country, payment_solution, risk_tier;
