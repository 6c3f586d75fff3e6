-- Declined payments by reason, segment and network, in any combination.
CREATE OR REPLACE VIEW decline_metrics
WITH METRICS
LANGUAGE YAML
AS $$
version: 1.1
comment: "Declined payments by reason, segment and network"
source: gold_payments_daily
filter: NOT is_approved
dimensions:
  - name: Decline Reason
    expr: decline_reason
    comment: "Reason as the processor names it"
  - name: Merchant Segment
    expr: merchant_segment
    comment: "Line of business of the merchant"
  - name: Card Network
    expr: card_network
    comment: "Card network"
measures:
  - name: Decline Count
    expr: SUM(transaction_count)
    comment: "Payments that were declined"
  - name: Total Declined Value
    expr: SUM(total_value_usd)
    comment: "Sum of the declined amounts, US dollars"
  - name: Avg Fraud Score
    expr: ROUND(SUM(fraud_score_sum) / NULLIF(SUM(fraud_score_count), 0), 4)
    comment: "Mean fraud score, 0 to 1"
  - name: Avg Amount
    expr: ROUND(SUM(total_value_usd) / NULLIF(SUM(value_count), 0), 2)
    comment: "Mean amount, US dollars"
  - name: Affected Merchants
    expr: HLL_SKETCH_ESTIMATE(HLL_UNION_AGG(merchants_sketch))
    comment: "Distinct merchants: exact to some hundreds, about 2 percent off above"
$$;
