-- Payment links by the services that they passed and by the path that smart checkout recommends for them, with the
-- funnel of 3-D Secure.
CREATE TABLE IF NOT EXISTS gold_checkout_daily (
  event_date DATE NOT NULL COMMENT 'Day of the payments, UTC',
  geo_country STRING COMMENT 'Country from which the cardholder paid, ISO 3166 alpha-2',
  service_path STRING COMMENT 'Services that the payments passed, joined by +; empty when none',
  recommended_path STRING NOT NULL COMMENT '3ds_challenge, passkey, network_token, 3ds_frictionless or standard',
  transaction_count BIGINT NOT NULL COMMENT 'Payments',
  approved_count BIGINT NOT NULL COMMENT 'Payments that were approved',
  declined_count BIGINT NOT NULL COMMENT 'Payments that were declined',
  antifraud_declined_count BIGINT NOT NULL COMMENT 'Payments that were declined after a failed antifraud check',
  total_value_usd DECIMAL(34, 2) COMMENT 'Sum of the amounts, US dollars',
  fraud_score_sum DECIMAL(26, 6) COMMENT 'Sum of the fraud scores',
  fraud_score_count BIGINT NOT NULL COMMENT 'Payments with a fraud score',
  three_ds_routed_count BIGINT NOT NULL COMMENT 'Payments sent through 3-D Secure as a step of the flow',
  three_ds_friction_count BIGINT NOT NULL COMMENT 'Of these, the ones with a challenge',
  three_ds_authenticated_count BIGINT NOT NULL COMMENT 'Of the routed ones, the authenticated ones',
  issuer_approved_after_auth_count BIGINT NOT NULL COMMENT 'Of the authenticated ones, those that the issuer approved'
)
USING DELTA
CLUSTER BY (event_date)
COMMENT 'Payment links by service path and recommended path, with the 3-D Secure funnel: counts and sums that add up';

INSERT INTO gold_checkout_daily
REPLACE WHERE event_date IN (:dates)
WITH links AS (
  SELECT
    event_date,
    geo_country,
    service_path,
    CASE
      WHEN risk_tier = 'high' THEN '3ds_challenge'
      WHEN has_passkey THEN 'passkey'
      WHEN is_network_token THEN 'network_token'
      WHEN three_ds_routed THEN '3ds_frictionless'
      ELSE 'standard'
    END AS recommended_path,
    is_approved,
    antifraud_result,
    amount_usd,
    fraud_score,
    three_ds_routed,
    three_ds_friction,
    three_ds_authenticated
  FROM payments_enriched_silver
  WHERE event_date IN (:dates)
    AND flow_type IN ('payment_link', 'payment_link_sep')
)

SELECT
  event_date,
  geo_country,
  service_path,
  recommended_path,
  count(*) AS transaction_count,
  count_if(is_approved) AS approved_count,
  count_if(NOT is_approved) AS declined_count,
  count_if(NOT is_approved AND antifraud_result = 'fail') AS antifraud_declined_count,
  sum(CAST(amount_usd AS DECIMAL(24, 2))) AS total_value_usd,
  sum(CAST(fraud_score AS DECIMAL(16, 6))) AS fraud_score_sum,
  count(fraud_score) AS fraud_score_count,
  count_if(three_ds_routed) AS three_ds_routed_count,
  count_if(three_ds_routed AND three_ds_friction) AS three_ds_friction_count,
  count_if(three_ds_routed AND three_ds_authenticated) AS three_ds_authenticated_count,
  count_if(three_ds_routed AND three_ds_authenticated AND is_approved) AS issuer_approved_after_auth_count
FROM links
GROUP BY event_date, geo_country, service_path, recommended_path;
