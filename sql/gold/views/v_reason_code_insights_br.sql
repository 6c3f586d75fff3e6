-- The declines of v_reason_codes_br with what can be expected back: the recoverable share of the decline taxonomy.
CREATE OR REPLACE VIEW v_reason_code_insights_br (
  entry_system COMMENT 'PD, WS, SEP or CHECKOUT',
  flow_type COMMENT 'payment_link, payment_link_sep, recurring, legacy_ws or standard_ecom',
  decline_reason_standard COMMENT 'Standard decline reason',
  decline_reason_group COMMENT 'Group of the standard reason',
  recommended_action COMMENT 'Default action for the standard reason',
  decline_count COMMENT 'Declines that the merchants saw',
  total_declined_value COMMENT 'Sum of the declined amounts, US dollars',
  avg_amount COMMENT 'Mean amount, US dollars',
  affected_merchants COMMENT 'Distinct merchants with such a decline: exact to some hundreds, about 2 percent off above',
  pct_of_declines COMMENT 'Percent of all declines that the merchants saw',
  estimated_recoverable_declines COMMENT 'Declines that are expected back',
  estimated_recoverable_value COMMENT 'Value that is expected back, US dollars',
  priority COMMENT '1 (100 000 US dollars or more expected back), 2 (10 000 or more) or 3'
)
COMMENT 'Declines paid from Brazil as merchants saw them, with what can be expected back'
AS
WITH estimated AS (
  SELECT
    codes.entry_system,
    codes.flow_type,
    codes.decline_reason_standard,
    codes.decline_reason_group,
    codes.recommended_action,
    codes.decline_count,
    codes.total_declined_value,
    codes.avg_amount,
    codes.affected_merchants,
    codes.pct_of_declines,
    round(codes.decline_count * taxonomy.recoverable_share, 1) AS estimated_recoverable_declines,
    round(codes.total_declined_value * taxonomy.recoverable_share, 2) AS estimated_recoverable_value
  FROM v_reason_codes_br AS codes
  INNER JOIN reason_code_taxonomy_silver AS taxonomy
    ON codes.decline_reason_standard = taxonomy.decline_reason_standard
)

SELECT
  entry_system,
  flow_type,
  decline_reason_standard,
  decline_reason_group,
  recommended_action,
  decline_count,
  total_declined_value,
  avg_amount,
  affected_merchants,
  pct_of_declines,
  estimated_recoverable_declines,
  estimated_recoverable_value,
  CASE
    WHEN estimated_recoverable_value >= 100000 THEN 1
    WHEN estimated_recoverable_value >= 10000 THEN 2
    ELSE 3
  END AS priority
FROM estimated
ORDER BY estimated_recoverable_value DESC;
