-- Declined payments by reason, segment and network, in any combination.
CREATE OR REPLACE VIEW decline_metrics (
  `Decline Reason` COMMENT 'Reason as the processor names it',
  `Merchant Segment` COMMENT 'Line of business of the merchant',
  `Card Network` COMMENT 'Card network',
  `Decline Count` COMMENT 'Payments that were declined',
  `Total Declined Value` COMMENT 'Sum of the declined amounts, US dollars',
  `Avg Fraud Score` COMMENT 'Mean fraud score, 0 to 1',
  `Avg Amount` COMMENT 'Mean amount, US dollars',
  `Affected Merchants` COMMENT 'Distinct merchants: exact to some hundreds, about 2 percent off above'
)
WITH METRICS
LANGUAGE YAML
COMMENT 'Declined payments by reason, segment and network'
AS $$
version: 0.1
source: gold_payments_daily
filter: NOT is_approved
dimensions:
  - name: Decline Reason
    expr: decline_reason
  - name: Merchant Segment
    expr: merchant_segment
  - name: Card Network
    expr: card_network
measures:
  - name: Decline Count
    expr: SUM(transaction_count)
  - name: Total Declined Value
    expr: SUM(total_value_usd)
  - name: Avg Fraud Score
    expr: ROUND(SUM(fraud_score_sum) / NULLIF(SUM(fraud_score_count), 0), 4)
  - name: Avg Amount
    expr: ROUND(SUM(total_value_usd) / NULLIF(SUM(value_count), 0), 2)
  - name: Affected Merchants
    expr: HLL_SKETCH_ESTIMATE(HLL_UNION_AGG(merchants_sketch))
$$;
