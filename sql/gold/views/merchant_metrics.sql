-- Payments by segment.
CREATE OR REPLACE VIEW merchant_metrics
WITH METRICS
LANGUAGE YAML
AS $$
version: 1.1
comment: "Payments by segment"
source: gold_activity_hourly
dimensions:
  - name: Merchant Segment
    expr: merchant_segment
    comment: "Line of business of the merchant"
measures:
  - name: Transaction Count
    expr: SUM(transaction_count)
    comment: "Payments"
  - name: Approved Count
    expr: SUM(approved_count)
    comment: "Payments that were approved"
  - name: Approval Rate Pct
    expr: ROUND(100 * SUM(approved_count) / SUM(transaction_count), 2)
    comment: "Approved payments, percent of the payments"
  - name: Unique Merchants
    expr: HLL_SKETCH_ESTIMATE(HLL_UNION_AGG(merchants_sketch))
    comment: "Distinct merchants: exact to some hundreds, about 2 percent off above"
  - name: Total Value
    expr: SUM(total_value_usd)
    comment: "Sum of the amounts, US dollars"
  - name: Avg Fraud Score
    expr: ROUND(SUM(fraud_score_sum) / NULLIF(SUM(fraud_score_count), 0), 4)
    comment: "Mean fraud score, 0 to 1"
  - name: Auth 3DS Usage Pct
    expr: ROUND(100 * SUM(auth_3ds_count) / SUM(transaction_count), 2)
    comment: "Payments with 3-D Secure data, percent of the payments"
$$;
