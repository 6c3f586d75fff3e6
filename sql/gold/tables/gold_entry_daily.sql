-- Payments by country, entry system, flow, segment and standard decline reason, with what the merchant saw and with
-- purchases that more than one system reported. A canonical key holds the minute of its payment, so all rows of a key
-- lie in one day and each day can be counted by itself.
CREATE TABLE IF NOT EXISTS gold_entry_daily (
  event_date DATE NOT NULL COMMENT 'Day of the payments, UTC',
  geo_country STRING COMMENT 'Country from which the cardholder paid, ISO 3166 alpha-2',
  entry_system STRING COMMENT 'PD, WS, SEP or CHECKOUT',
  flow_type STRING COMMENT 'payment_link, payment_link_sep, recurring, legacy_ws or standard_ecom',
  merchant_segment STRING COMMENT 'Line of business of the merchant',
  decline_reason_standard STRING COMMENT 'Standard decline reason; NULL for approved payments',
  decline_reason_group STRING COMMENT 'Group of the standard reason; NULL for approved payments',
  recommended_action STRING COMMENT 'Default action for the standard reason; NULL for approved payments',
  is_approved BOOLEAN COMMENT 'Whether the payments were approved',
  is_merchant_visible BOOLEAN NOT NULL COMMENT 'Whether the merchant saw these rows: the last entry response of each canonical key',
  transaction_count BIGINT NOT NULL COMMENT 'Payments',
  total_value_usd DECIMAL(34, 2) COMMENT 'Sum of the amounts, US dollars',
  value_count BIGINT NOT NULL COMMENT 'Payments with an amount in US dollars',
  fraud_score_sum DECIMAL(26, 6) COMMENT 'Sum of the fraud scores',
  fraud_score_count BIGINT NOT NULL COMMENT 'Payments with a fraud score',
  device_trust_score_sum DECIMAL(26, 6) COMMENT 'Sum of the device trust scores',
  device_trust_score_count BIGINT NOT NULL COMMENT 'Payments with a device trust score',
  composite_risk_score_sum DECIMAL(26, 6) COMMENT 'Sum of the composite risk scores',
  composite_risk_score_count BIGINT NOT NULL COMMENT 'Payments with a composite risk score',
  merchants_sketch BINARY COMMENT 'Distinct merchants: HLL sketch, merged with hll_union_agg',
  colliding_keys BIGINT NOT NULL COMMENT 'Canonical keys with more than one row, counted at the first row of each key',
  colliding_rows BIGINT NOT NULL COMMENT 'Rows of these keys',
  colliding_entry_systems BIGINT NOT NULL COMMENT 'Entry systems of each of these keys, summed over the keys'
)
USING DELTA
CLUSTER BY (event_date)
COMMENT 'Payments by country, entry system, flow, segment and standard decline reason: counts, values and sums that add up';

INSERT INTO gold_entry_daily
REPLACE WHERE event_date IN (:dates)
WITH keyed AS (
  SELECT
    event_date,
    geo_country,
    entry_system,
    flow_type,
    merchant_segment,
    merchant_id,
    decline_reason_standard,
    decline_reason_group,
    recommended_action,
    is_approved,
    amount_usd,
    fraud_score,
    device_trust_score,
    composite_risk_score,
    coalesce(transaction_stage, 'entry_response') = 'entry_response'
    AND row_number() OVER (
      PARTITION BY canonical_transaction_key, coalesce(transaction_stage, 'entry_response')
      ORDER BY event_timestamp DESC, transaction_id DESC
    ) = 1 AS is_merchant_visible,
    row_number() OVER (PARTITION BY canonical_transaction_key ORDER BY event_timestamp ASC, transaction_id ASC) AS row_of_key,
    count(*) OVER (PARTITION BY canonical_transaction_key) AS rows_of_key,
    size(collect_set(entry_system) OVER (PARTITION BY canonical_transaction_key)) AS systems_of_key
  FROM payments_enriched_silver
  WHERE event_date IN (:dates)
)

SELECT
  event_date,
  geo_country,
  entry_system,
  flow_type,
  merchant_segment,
  decline_reason_standard,
  decline_reason_group,
  recommended_action,
  is_approved,
  is_merchant_visible,
  count(*) AS transaction_count,
  sum(CAST(amount_usd AS DECIMAL(24, 2))) AS total_value_usd,
  count(amount_usd) AS value_count,
  sum(CAST(fraud_score AS DECIMAL(16, 6))) AS fraud_score_sum,
  count(fraud_score) AS fraud_score_count,
  sum(CAST(device_trust_score AS DECIMAL(16, 6))) AS device_trust_score_sum,
  count(device_trust_score) AS device_trust_score_count,
  sum(CAST(composite_risk_score AS DECIMAL(16, 6))) AS composite_risk_score_sum,
  count(composite_risk_score) AS composite_risk_score_count,
  hll_sketch_agg(merchant_id) AS merchants_sketch,
  count_if(row_of_key = 1 AND rows_of_key > 1) AS colliding_keys,
  coalesce(sum(rows_of_key) FILTER (WHERE row_of_key = 1 AND rows_of_key > 1), 0) AS colliding_rows,
  coalesce(sum(systems_of_key) FILTER (WHERE row_of_key = 1 AND rows_of_key > 1), 0) AS colliding_entry_systems
FROM keyed
GROUP BY
  event_date,
  geo_country,
  entry_system,
  flow_type,
  merchant_segment,
  decline_reason_standard,
  decline_reason_group,
  recommended_action,
  is_approved,
  is_merchant_visible;
