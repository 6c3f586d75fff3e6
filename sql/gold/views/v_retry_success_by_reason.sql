-- Retries of the last 30 days by the reason of the attempt that they repeat, where that is known.
CREATE OR REPLACE VIEW v_retry_success_by_reason (
  decline_reason_standard COMMENT 'Standard reason of the declined attempt before',
  total_retries COMMENT 'Retries',
  successful_retries COMMENT 'Retries that were approved',
  success_rate_pct COMMENT 'Approved retries, percent of the retries',
  recovered_value COMMENT 'Sum of the approved amounts, US dollars',
  total_declined_value COMMENT 'Sum of the amounts that were declined again, US dollars',
  avg_retry_delay_s COMMENT 'Mean time since the attempt before, seconds',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1'
)
COMMENT 'Retries of the last 30 days by the reason of the attempt that they repeat'
AS
SELECT
  decline_reason_standard,
  sum(retry_attempts) AS total_retries,
  sum(approved_count) AS successful_retries,
  round(100 * sum(approved_count) / sum(retry_attempts), 2) AS success_rate_pct,
  sum(recovered_value_usd) AS recovered_value,
  sum(declined_value_usd) AS total_declined_value,
  round(sum(retry_delay_sum_s) / nullif(sum(retry_delay_count), 0), 2) AS avg_retry_delay_s,
  round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score
FROM gold_retries_daily
WHERE decline_reason_standard IS NOT NULL
  AND event_date > (SELECT date_sub(max(event_date), 30) FROM gold_activity_hourly)
GROUP BY decline_reason_standard
ORDER BY total_retries DESC;
