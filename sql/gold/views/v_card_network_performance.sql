-- Payments of the last 30 days by card network.
CREATE OR REPLACE VIEW v_card_network_performance (
  card_network COMMENT 'Card network',
  transaction_count COMMENT 'Payments',
  approval_rate_pct COMMENT 'Approved payments, percent of the payments',
  avg_amount COMMENT 'Mean amount, US dollars',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  avg_latency_ms COMMENT 'Mean time from request to response, milliseconds',
  p95_latency_ms COMMENT '95th percentile of the time from request to response, milliseconds, to within a histogram bucket of 25 (below 500) or 100'
)
COMMENT 'Payments of the last 30 days by card network'
AS
WITH recent AS (
  SELECT
    card_network,
    latency_bucket_ms,
    transaction_count,
    approved_count,
    total_value_usd,
    value_count,
    fraud_score_sum,
    fraud_score_count,
    latency_sum_ms,
    latency_count
  FROM gold_routes_daily
  WHERE event_date > (SELECT date_sub(max(event_date), 30) FROM gold_routes_daily)
),

buckets AS (
  SELECT
    card_network,
    latency_bucket_ms,
    sum(latency_count) AS payments,
    sum(sum(latency_count)) OVER (PARTITION BY card_network ORDER BY latency_bucket_ms) AS payments_so_far,
    sum(sum(latency_count)) OVER (PARTITION BY card_network) AS payments_in_all
  FROM recent
  WHERE latency_bucket_ms IS NOT NULL
  GROUP BY card_network, latency_bucket_ms
),

percentiles AS (
  SELECT
    card_network,
    min_by(
      latency_bucket_ms
      + if(latency_bucket_ms < 500, 25, 100) * (0.95D * payments_in_all - (payments_so_far - payments)) / payments,
      latency_bucket_ms
    ) AS p95_latency_ms
  FROM buckets
  WHERE payments_so_far >= 0.95D * payments_in_all
  GROUP BY card_network
),

totals AS (
  SELECT
    card_network,
    sum(transaction_count) AS transaction_count,
    sum(approved_count) AS approved_count,
    round(100 * sum(approved_count) / sum(transaction_count), 2) AS approval_rate_pct,
    round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
    round(sum(total_value_usd) / nullif(sum(value_count), 0), 2) AS avg_amount,
    sum(total_value_usd) AS total_value,
    round(sum(latency_sum_ms) / nullif(sum(latency_count), 0), 2) AS avg_latency_ms
  FROM recent
  GROUP BY card_network
)

SELECT
  totals.card_network,
  totals.transaction_count,
  totals.approval_rate_pct,
  totals.avg_amount,
  totals.avg_fraud_score,
  totals.avg_latency_ms,
  round(percentiles.p95_latency_ms, 1) AS p95_latency_ms
FROM totals
LEFT JOIN percentiles ON totals.card_network <=> percentiles.card_network
ORDER BY totals.transaction_count DESC;
