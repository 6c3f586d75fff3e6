-- Payments by segment, network, issuer country and decline reason: the cells behind the metric views and the views on
-- countries and declines.
CREATE TABLE IF NOT EXISTS gold_payments_daily (
  event_date DATE NOT NULL COMMENT 'Day of the payments, UTC',
  merchant_segment STRING COMMENT 'Line of business of the merchant',
  card_network STRING COMMENT 'Card network',
  issuer_country STRING COMMENT 'Country of the issuing bank, ISO 3166 alpha-2',
  decline_reason STRING COMMENT 'Reason as the processor names it; NULL for approved payments',
  is_approved BOOLEAN COMMENT 'Whether the payments were approved',
  transaction_count BIGINT NOT NULL COMMENT 'Payments',
  low_risk_count BIGINT NOT NULL COMMENT 'Payments of risk tier low',
  total_value_usd DECIMAL(34, 2) COMMENT 'Sum of the amounts, US dollars',
  value_count BIGINT NOT NULL COMMENT 'Payments with an amount in US dollars',
  fraud_score_sum DECIMAL(26, 6) COMMENT 'Sum of the fraud scores',
  fraud_score_count BIGINT NOT NULL COMMENT 'Payments with a fraud score',
  device_trust_score_sum DECIMAL(26, 6) COMMENT 'Sum of the device trust scores',
  device_trust_score_count BIGINT NOT NULL COMMENT 'Payments with a device trust score',
  latency_sum_ms BIGINT COMMENT 'Sum of the latencies, milliseconds',
  latency_count BIGINT NOT NULL COMMENT 'Payments with a latency',
  merchants_sketch BINARY COMMENT 'Distinct merchants: HLL sketch, merged with hll_union_agg'
)
USING DELTA
CLUSTER BY (event_date)
COMMENT 'Payments by segment, network, issuer country and decline reason: counts, values and sums that add up';

INSERT INTO gold_payments_daily
REPLACE WHERE event_date IN (:dates)
SELECT
  event_date,
  merchant_segment,
  card_network,
  issuer_country,
  decline_reason,
  is_approved,
  count(*) AS transaction_count,
  count_if(risk_tier = 'low') AS low_risk_count,
  sum(CAST(amount_usd AS DECIMAL(24, 2))) AS total_value_usd,
  count(amount_usd) AS value_count,
  sum(CAST(fraud_score AS DECIMAL(16, 6))) AS fraud_score_sum,
  count(fraud_score) AS fraud_score_count,
  sum(CAST(device_trust_score AS DECIMAL(16, 6))) AS device_trust_score_sum,
  count(device_trust_score) AS device_trust_score_count,
  sum(processing_time_ms) AS latency_sum_ms,
  count(processing_time_ms) AS latency_count,
  hll_sketch_agg(merchant_id) AS merchants_sketch
FROM payments_enriched_silver
WHERE event_date IN (:dates)
GROUP BY event_date, merchant_segment, card_network, issuer_country, decline_reason, is_approved;
