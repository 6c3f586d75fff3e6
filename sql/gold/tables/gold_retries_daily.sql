-- Retries by the decline that each of them repeats: a retry is joined with the attempt before it by its id, so success
-- is counted under the reason that was retried. The day is that of the retry; the attempt before may be
-- up to 30 days older.
CREATE TABLE IF NOT EXISTS gold_retries_daily (
  event_date DATE NOT NULL COMMENT 'Day of the retries, UTC',
  retry_scenario STRING COMMENT 'PaymentRecurrence or PaymentRetry',
  decline_reason_standard STRING COMMENT 'Standard reason of the declined attempt before; NULL while that is not known',
  decline_reason STRING COMMENT 'Reason of the declined attempt before as the processor named it; NULL while that is not known',
  retry_count INT COMMENT 'Declined attempts of the same purchase before',
  retry_attempts BIGINT NOT NULL COMMENT 'Retries',
  approved_count BIGINT NOT NULL COMMENT 'Retries that were approved',
  recovered_value_usd DECIMAL(34, 2) COMMENT 'Sum of the approved amounts, US dollars',
  declined_value_usd DECIMAL(34, 2) COMMENT 'Sum of the amounts that were declined again, US dollars',
  fraud_score_sum DECIMAL(26, 6) COMMENT 'Sum of the fraud scores',
  fraud_score_count BIGINT NOT NULL COMMENT 'Retries with a fraud score',
  retry_delay_sum_s BIGINT COMMENT 'Sum of the seconds between a retry and the attempt before',
  retry_delay_count BIGINT NOT NULL COMMENT 'Retries with a delay',
  prior_approved_sum BIGINT COMMENT 'Sum of the earlier approvals of the card at the merchant',
  prior_approved_count BIGINT NOT NULL COMMENT 'Retries for which earlier approvals are known'
)
USING DELTA
CLUSTER BY (event_date)
COMMENT 'Retries by the decline that they repeat: counts, values and sums that add up';

INSERT INTO gold_retries_daily
REPLACE WHERE event_date IN (:dates)
WITH retries AS (
  SELECT
    event_date,
    retry_scenario,
    retry_of_transaction_id,
    retry_count,
    is_approved,
    amount_usd,
    fraud_score,
    retry_delay_seconds,
    prior_approved_count
  FROM payments_enriched_silver
  WHERE event_date IN (:dates)
    AND retry_of_transaction_id IS NOT NULL
),

declined AS (
  SELECT
    transaction_id,
    event_date,
    decline_reason_standard,
    decline_reason
  FROM payments_enriched_silver
  WHERE event_date BETWEEN date_sub(:first_date, 30) AND :last_date
    AND NOT is_approved
)

SELECT
  retries.event_date,
  retries.retry_scenario,
  declined.decline_reason_standard,
  declined.decline_reason,
  retries.retry_count,
  count(*) AS retry_attempts,
  count_if(retries.is_approved) AS approved_count,
  coalesce(sum(CAST(retries.amount_usd AS DECIMAL(24, 2))) FILTER (WHERE retries.is_approved), 0) AS recovered_value_usd,
  coalesce(sum(CAST(retries.amount_usd AS DECIMAL(24, 2))) FILTER (WHERE NOT retries.is_approved), 0) AS declined_value_usd,
  sum(CAST(retries.fraud_score AS DECIMAL(16, 6))) AS fraud_score_sum,
  count(retries.fraud_score) AS fraud_score_count,
  sum(retries.retry_delay_seconds) AS retry_delay_sum_s,
  count(retries.retry_delay_seconds) AS retry_delay_count,
  sum(retries.prior_approved_count) AS prior_approved_sum,
  count(retries.prior_approved_count) AS prior_approved_count
FROM retries
LEFT JOIN declined
  ON retries.retry_of_transaction_id = declined.transaction_id
  AND declined.event_date BETWEEN date_sub(retries.event_date, 30) AND retries.event_date
GROUP BY
  retries.event_date,
  retries.retry_scenario,
  declined.decline_reason_standard,
  declined.decline_reason,
  retries.retry_count;
