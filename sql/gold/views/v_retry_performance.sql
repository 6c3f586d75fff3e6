-- Retries of the last 30 days by scenario, by the reason of the attempt that they repeat, and by how many attempts
-- came before. This is the one definition of the name: retries are those that name the attempt before.
CREATE OR REPLACE VIEW v_retry_performance (
  retry_scenario COMMENT 'PaymentRecurrence or PaymentRetry',
  decline_reason_standard COMMENT 'Standard reason of the declined attempt before; NULL while that is not known',
  retry_count COMMENT 'Declined attempts of the same purchase before',
  retry_attempts COMMENT 'Retries',
  success_rate_pct COMMENT 'Approved retries, percent of the retries',
  recovered_value COMMENT 'Sum of the approved amounts, US dollars',
  avg_fraud_score COMMENT 'Mean fraud score, 0 to 1',
  avg_time_since_last_attempt_s COMMENT 'Mean time since the attempt before, seconds',
  avg_prior_approvals COMMENT 'Mean number of earlier approvals of the card at the merchant',
  baseline_approval_pct COMMENT 'Approved first attempts of the same days, percent of the first attempts',
  incremental_lift_pct COMMENT 'Success rate less the baseline, percentage points',
  effectiveness COMMENT 'Effective, Moderate or Low, by the success rate and the targets of kpi_targets'
)
COMMENT 'Retries of the last 30 days by scenario, reason of the attempt before, and attempts before'
AS
WITH baseline AS (
  SELECT 100 * sum(first_attempt_approved_count) / nullif(sum(first_attempt_count), 0) AS approval_pct
  FROM gold_activity_hourly
  WHERE event_date > (SELECT date_sub(max(event_date), 30) FROM gold_activity_hourly)
),

limits AS (
  SELECT
    max(target_value) FILTER (WHERE kpi = 'retry_effective') AS effective,
    max(target_value) FILTER (WHERE kpi = 'retry_moderate') AS moderate
  FROM kpi_targets
),

retries AS (
  SELECT
    retry_scenario,
    decline_reason_standard,
    retry_count,
    sum(retry_attempts) AS retry_attempts,
    100 * sum(approved_count) / sum(retry_attempts) AS success_pct,
    sum(recovered_value_usd) AS recovered_value,
    round(sum(fraud_score_sum) / nullif(sum(fraud_score_count), 0), 4) AS avg_fraud_score,
    round(sum(retry_delay_sum_s) / nullif(sum(retry_delay_count), 0), 2) AS avg_time_since_last_attempt_s,
    round(sum(prior_approved_sum) / nullif(sum(prior_approved_count), 0), 2) AS avg_prior_approvals
  FROM gold_retries_daily
  WHERE event_date > (SELECT date_sub(max(event_date), 30) FROM gold_activity_hourly)
  GROUP BY retry_scenario, decline_reason_standard, retry_count
)

SELECT
  retries.retry_scenario,
  retries.decline_reason_standard,
  retries.retry_count,
  retries.retry_attempts,
  round(retries.success_pct, 2) AS success_rate_pct,
  retries.recovered_value,
  retries.avg_fraud_score,
  retries.avg_time_since_last_attempt_s,
  retries.avg_prior_approvals,
  round(baseline.approval_pct, 2) AS baseline_approval_pct,
  round(retries.success_pct - baseline.approval_pct, 2) AS incremental_lift_pct,
  CASE
    WHEN retries.success_pct > limits.effective THEN 'Effective'
    WHEN retries.success_pct > limits.moderate THEN 'Moderate'
    ELSE 'Low'
  END AS effectiveness
FROM retries
CROSS JOIN baseline
CROSS JOIN limits
ORDER BY retries.retry_attempts DESC;
