-- Declines paid from Brazil as merchants saw them, by entry system, flow and standard reason: of each purchase attempt
-- the last entry response, however many systems reported it.
CREATE OR REPLACE VIEW v_reason_codes_br (
  entry_system COMMENT 'PD, WS, SEP or CHECKOUT',
  flow_type COMMENT 'payment_link, payment_link_sep, recurring, legacy_ws or standard_ecom',
  decline_reason_standard COMMENT 'Standard decline reason',
  decline_reason_group COMMENT 'Group of the standard reason',
  recommended_action COMMENT 'Default action for the standard reason',
  decline_count COMMENT 'Declines that the merchants saw',
  total_declined_value COMMENT 'Sum of the declined amounts, US dollars',
  avg_amount COMMENT 'Mean amount, US dollars',
  affected_merchants COMMENT 'Distinct merchants with such a decline: exact to some hundreds, about 2 percent off above',
  pct_of_declines COMMENT 'Percent of all declines that the merchants saw'
)
COMMENT 'Declines paid from Brazil as merchants saw them, by entry system, flow and standard reason'
AS
SELECT
  entry_system,
  flow_type,
  decline_reason_standard,
  decline_reason_group,
  recommended_action,
  sum(transaction_count) AS decline_count,
  sum(total_value_usd) AS total_declined_value,
  round(sum(total_value_usd) / nullif(sum(value_count), 0), 2) AS avg_amount,
  hll_sketch_estimate(hll_union_agg(merchants_sketch)) AS affected_merchants,
  round(100 * sum(transaction_count) / sum(sum(transaction_count)) OVER (), 2) AS pct_of_declines
FROM gold_entry_daily
WHERE geo_country = 'BR'
  AND is_merchant_visible
  AND NOT is_approved
GROUP BY entry_system, flow_type, decline_reason_standard, decline_reason_group, recommended_action
ORDER BY decline_count DESC;
