-- Payments by segment, network, issuer country, day and decline reason, in any combination: SELECT `Merchant Segment`,
-- MEASURE(`Approval Rate Pct`) FROM payment_metrics GROUP BY ALL.
CREATE OR REPLACE VIEW payment_metrics
WITH METRICS
LANGUAGE YAML
AS $$
version: 1.1
comment: "Payments by segment, network, issuer country, day and decline reason"
source: gold_payments_daily
dimensions:
  - name: Merchant Segment
    expr: merchant_segment
    comment: "Line of business of the merchant"
  - name: Card Network
    expr: card_network
    comment: "Card network"
  - name: Issuer Country
    expr: issuer_country
    comment: "Country of the issuing bank, ISO 3166 alpha-2"
  - name: Event Date
    expr: event_date
    comment: "Day of the payments, UTC"
  - name: Decline Reason
    expr: decline_reason
    comment: "Reason as the processor names it; NULL for approved payments"
measures:
  - name: Total Transactions
    expr: SUM(transaction_count)
    comment: "Payments"
  - name: Approved Count
    expr: COALESCE(SUM(transaction_count) FILTER (WHERE is_approved), 0)
    comment: "Payments that were approved"
  - name: Declined Count
    expr: COALESCE(SUM(transaction_count) FILTER (WHERE NOT is_approved), 0)
    comment: "Payments that were declined"
  - name: Approval Rate Pct
    expr: ROUND(100 * COALESCE(SUM(transaction_count) FILTER (WHERE is_approved), 0) / SUM(transaction_count), 2)
    comment: "Approved payments, percent of the payments"
  - name: Total Amount
    expr: SUM(total_value_usd)
    comment: "Sum of the amounts, US dollars"
  - name: Approved Value
    expr: COALESCE(SUM(total_value_usd) FILTER (WHERE is_approved), 0)
    comment: "Sum of the approved amounts, US dollars"
  - name: Declined Value
    expr: COALESCE(SUM(total_value_usd) FILTER (WHERE NOT is_approved), 0)
    comment: "Sum of the declined amounts, US dollars"
  - name: Avg Fraud Score
    expr: ROUND(SUM(fraud_score_sum) / NULLIF(SUM(fraud_score_count), 0), 4)
    comment: "Mean fraud score, 0 to 1"
  - name: Unique Merchants
    expr: HLL_SKETCH_ESTIMATE(HLL_UNION_AGG(merchants_sketch))
    comment: "Distinct merchants: exact to some hundreds, about 2 percent off above"
$$;
