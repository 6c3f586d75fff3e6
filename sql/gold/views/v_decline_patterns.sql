-- Declines by standard reason, entry system, flow and segment, over all payments so far.
CREATE OR REPLACE VIEW v_decline_patterns (
  decline_reason_standard COMMENT 'Standard decline reason',
  decline_reason_group COMMENT 'Group of the standard reason',
  entry_system COMMENT 'PD, WS, SEP or CHECKOUT',
  flow_type COMMENT 'payment_link, payment_link_sep, recurring, legacy_ws or standard_ecom',
  merchant_segment COMMENT 'Line of business of the merchant',
  decline_count COMMENT 'Payments that were declined',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  avg_device_trust COMMENT 'Mean device trust score, 0 to 1',
  total_declined_value COMMENT 'Sum of the declined amounts, US dollars',
  affected_merchants COMMENT 'Distinct merchants with such a decline: exact to some hundreds, about 2 percent off above',
  avg_composite_risk COMMENT 'Mean composite risk score, 0 to 1',
  recovery_potential COMMENT 'HIGH (fraud score under 0.3, device trust over 0.6), MEDIUM (under 0.5, over 0.4) or LOW'
)
COMMENT 'Declines by standard reason, entry system, flow and segment'
AS
WITH patterns AS (
  SELECT
    decline_reason_standard,
    decline_reason_group,
    entry_system,
    flow_type,
    merchant_segment,
    sum(transaction_count) AS decline_count,
    round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
    round(sum(device_trust_score_sum) / nullif(sum(device_trust_score_count), 0), 4) AS avg_device_trust,
    sum(total_value_usd) AS total_declined_value,
    hll_sketch_estimate(hll_union_agg(merchants_sketch)) AS affected_merchants,
    round(sum(composite_risk_score_sum) / nullif(sum(composite_risk_score_count), 0), 4) AS avg_composite_risk
  FROM gold_entry_daily
  WHERE NOT is_approved
  GROUP BY decline_reason_standard, decline_reason_group, entry_system, flow_type, merchant_segment
)

SELECT
  decline_reason_standard,
  decline_reason_group,
  entry_system,
  flow_type,
  merchant_segment,
  decline_count,
  avg_fraud_score,
  avg_device_trust,
  total_declined_value,
  affected_merchants,
  avg_composite_risk,
  CASE
    WHEN avg_fraud_score < 0.3 AND avg_device_trust > 0.6 THEN 'HIGH'
    WHEN avg_fraud_score < 0.5 AND avg_device_trust > 0.4 THEN 'MEDIUM'
    ELSE 'LOW'
  END AS recovery_potential
FROM patterns
ORDER BY decline_count DESC;
