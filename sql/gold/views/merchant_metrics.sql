-- Payments by segment.
CREATE OR REPLACE VIEW merchant_metrics (
  `Merchant Segment` COMMENT 'Line of business of the merchant',
  `Transaction Count` COMMENT 'Payments',
  `Approved Count` COMMENT 'Payments that were approved',
  `Approval Rate Pct` COMMENT 'Approved payments, percent of the payments',
  `Unique Merchants` COMMENT 'Distinct merchants: exact to some hundreds, about 2 percent off above',
  `Total Value` COMMENT 'Sum of the amounts, US dollars',
  `Avg Fraud Score` COMMENT 'Mean fraud score, 0 to 1',
  `Auth 3DS Usage Pct` COMMENT 'Payments with 3-D Secure data, percent of the payments'
)
WITH METRICS
LANGUAGE YAML
COMMENT 'Payments by segment'
AS $$
version: 0.1
source: gold_activity_hourly
dimensions:
  - name: Merchant Segment
    expr: merchant_segment
measures:
  - name: Transaction Count
    expr: SUM(transaction_count)
  - name: Approved Count
    expr: SUM(approved_count)
  - name: Approval Rate Pct
    expr: ROUND(100 * SUM(approved_count) / SUM(transaction_count), 2)
  - name: Unique Merchants
    expr: HLL_SKETCH_ESTIMATE(HLL_UNION_AGG(merchants_sketch))
  - name: Total Value
    expr: SUM(total_value_usd)
  - name: Avg Fraud Score
    expr: ROUND(SUM(fraud_score_sum) / NULLIF(SUM(fraud_score_count), 0), 4)
  - name: Auth 3DS Usage Pct
    expr: ROUND(100 * SUM(auth_3ds_count) / SUM(transaction_count), 2)
$$;
