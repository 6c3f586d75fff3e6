-- Declines of the last 30 days that might be won back, by reason, segment and network; cells with five declines or
-- more. The action is that of the decline taxonomy.
CREATE OR REPLACE VIEW v_decline_recovery_opportunities (
  decline_reason COMMENT 'Reason as the processor names it; UNKNOWN where it named none',
  merchant_segment COMMENT 'Line of business of the merchant',
  card_network COMMENT 'Card network',
  decline_count COMMENT 'Payments that were declined',
  potential_recovery_value COMMENT 'Sum of the declined amounts, US dollars',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  avg_device_trust COMMENT 'Mean device trust score, 0 to 1',
  recovery_likelihood COMMENT 'HIGH (fraud score under 0.2, device trust over 0.7), MEDIUM (under 0.4, over 0.5) or LOW',
  recommended_action COMMENT 'What to do about it, by the decline taxonomy'
)
COMMENT 'Declines of the last 30 days that might be won back, by reason, segment and network'
AS
WITH declines AS (
  SELECT
    coalesce(decline_reason, 'UNKNOWN') AS decline_reason,
    merchant_segment,
    card_network,
    sum(transaction_count) AS decline_count,
    sum(total_value_usd) AS potential_recovery_value,
    round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
    round(sum(device_trust_score_sum) / nullif(sum(device_trust_score_count), 0), 4) AS avg_device_trust
  FROM gold_payments_daily
  WHERE NOT is_approved
    AND event_date > (SELECT date_sub(max(event_date), 30) FROM gold_payments_daily)
  GROUP BY coalesce(decline_reason, 'UNKNOWN'), merchant_segment, card_network
  HAVING sum(transaction_count) >= 5
)

SELECT
  declines.decline_reason,
  declines.merchant_segment,
  declines.card_network,
  declines.decline_count,
  declines.potential_recovery_value,
  declines.avg_fraud_score,
  declines.avg_device_trust,
  CASE
    WHEN declines.avg_fraud_score < 0.2 AND declines.avg_device_trust > 0.7 THEN 'HIGH'
    WHEN declines.avg_fraud_score < 0.4 AND declines.avg_device_trust > 0.5 THEN 'MEDIUM'
    ELSE 'LOW'
  END AS recovery_likelihood,
  taxonomy.default_action AS recommended_action
FROM declines
LEFT JOIN decline_reasons ON declines.decline_reason = decline_reasons.decline_reason
LEFT JOIN reason_code_taxonomy_silver AS taxonomy
  ON coalesce(decline_reasons.decline_reason_standard, 'OTHER') = taxonomy.decline_reason_standard
ORDER BY declines.potential_recovery_value DESC;
