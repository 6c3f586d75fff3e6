-- Payments by segment, network, issuer country, day and decline reason, in any combination: SELECT `Merchant Segment`,
-- MEASURE(`Approval Rate Pct`) FROM payment_metrics GROUP BY ALL.
CREATE OR REPLACE VIEW payment_metrics (
  `Merchant Segment` COMMENT 'Line of business of the merchant',
  `Card Network` COMMENT 'Card network',
  `Issuer Country` COMMENT 'Country of the issuing bank, ISO 3166 alpha-2',
  `Event Date` COMMENT 'Day of the payments, UTC',
  `Decline Reason` COMMENT 'Reason as the processor names it; NULL for approved payments',
  `Total Transactions` COMMENT 'Payments',
  `Approved Count` COMMENT 'Payments that were approved',
  `Declined Count` COMMENT 'Payments that were declined',
  `Approval Rate Pct` COMMENT 'Approved payments, percent of the payments',
  `Total Amount` COMMENT 'Sum of the amounts, US dollars',
  `Approved Value` COMMENT 'Sum of the approved amounts, US dollars',
  `Declined Value` COMMENT 'Sum of the declined amounts, US dollars',
  `Avg Fraud Score` COMMENT 'Mean fraud score, 0 to 1',
  `Unique Merchants` COMMENT 'Distinct merchants: exact to some hundreds, about 2 percent off above'
)
WITH METRICS
LANGUAGE YAML
COMMENT 'Payments by segment, network, issuer country, day and decline reason'
AS $$
version: 0.1
source: gold_payments_daily
dimensions:
  - name: Merchant Segment
    expr: merchant_segment
  - name: Card Network
    expr: card_network
  - name: Issuer Country
    expr: issuer_country
  - name: Event Date
    expr: event_date
  - name: Decline Reason
    expr: decline_reason
measures:
  - name: Total Transactions
    expr: SUM(transaction_count)
  - name: Approved Count
    expr: COALESCE(SUM(transaction_count) FILTER (WHERE is_approved), 0)
  - name: Declined Count
    expr: COALESCE(SUM(transaction_count) FILTER (WHERE NOT is_approved), 0)
  - name: Approval Rate Pct
    expr: ROUND(100 * COALESCE(SUM(transaction_count) FILTER (WHERE is_approved), 0) / SUM(transaction_count), 2)
  - name: Total Amount
    expr: SUM(total_value_usd)
  - name: Approved Value
    expr: COALESCE(SUM(total_value_usd) FILTER (WHERE is_approved), 0)
  - name: Declined Value
    expr: COALESCE(SUM(total_value_usd) FILTER (WHERE NOT is_approved), 0)
  - name: Avg Fraud Score
    expr: ROUND(SUM(fraud_score_sum) / NULLIF(SUM(fraud_score_count), 0), 4)
  - name: Unique Merchants
    expr: HLL_SKETCH_ESTIMATE(HLL_UNION_AGG(merchants_sketch))
$$;
