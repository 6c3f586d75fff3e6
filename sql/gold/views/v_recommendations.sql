-- What to do about the decline patterns that can be won back. The value is 40 percent of the declined value where the
-- potential is HIGH and 20 percent where it is MEDIUM.
CREATE OR REPLACE VIEW v_recommendations (
  decline_reason_standard COMMENT 'Standard decline reason',
  entry_system COMMENT 'PD, WS, SEP or CHECKOUT',
  flow_type COMMENT 'payment_link, payment_link_sep, recurring, legacy_ws or standard_ecom',
  merchant_segment COMMENT 'Line of business of the merchant',
  decline_count COMMENT 'Payments that were declined',
  total_declined_value COMMENT 'Sum of the declined amounts, US dollars',
  recovery_potential COMMENT 'HIGH or MEDIUM',
  recommendation COMMENT 'What to do, by the decline taxonomy',
  estimated_recovery_value COMMENT 'Part of the declined value that is expected back, US dollars',
  priority COMMENT '1 (over 10 000 US dollars expected back), 2 (over 1 000) or 3'
)
COMMENT 'What to do about the decline patterns that can be won back'
AS
WITH recoverable AS (
  SELECT
    patterns.decline_reason_standard,
    patterns.entry_system,
    patterns.flow_type,
    patterns.merchant_segment,
    patterns.decline_count,
    patterns.total_declined_value,
    patterns.recovery_potential,
    taxonomy.default_action AS recommendation,
    round(patterns.total_declined_value * if(patterns.recovery_potential = 'HIGH', 0.4, 0.2), 2) AS estimated_recovery_value
  FROM v_decline_patterns AS patterns
  INNER JOIN reason_code_taxonomy_silver AS taxonomy
    ON patterns.decline_reason_standard = taxonomy.decline_reason_standard
  WHERE patterns.recovery_potential IN ('HIGH', 'MEDIUM')
)

SELECT
  decline_reason_standard,
  entry_system,
  flow_type,
  merchant_segment,
  decline_count,
  total_declined_value,
  recovery_potential,
  recommendation,
  estimated_recovery_value,
  CASE
    WHEN estimated_recovery_value > 10000 THEN 1
    WHEN estimated_recovery_value > 1000 THEN 2
    ELSE 3
  END AS priority
FROM recoverable
ORDER BY estimated_recovery_value DESC;
