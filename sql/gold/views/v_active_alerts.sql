-- Alerts on the hour before the newest payment. The approval rate and the share of high-risk payments are compared
-- with what the same hours of the day had on the 28 days before; an alert needs enough payments and a distance that
-- chance does not explain: its error is the greatest of the sampling error, of the spread between those days, and of
-- one payment.
CREATE OR REPLACE VIEW v_active_alerts (
  alert_type COMMENT 'APPROVAL_RATE_DROP or HIGH_FRAUD_RATE',
  severity COMMENT 'HIGH or CRITICAL, by the distance from the expected value',
  metric_name COMMENT 'approval_rate_pct or high_risk_pct',
  current_value COMMENT 'Value in the last hour, percent',
  threshold_value COMMENT 'Value beyond which the alert is given, percent',
  alert_message COMMENT 'What is out of the ordinary, in words',
  first_detected COMMENT 'Time of the newest payment, UTC'
)
COMMENT 'What is out of the ordinary in the hour before the newest payment'
AS
WITH newest AS (
  SELECT max(event_timestamp) AS event_timestamp
  FROM payments_enriched_silver
  WHERE event_date >= (SELECT max(event_date) FROM gold_activity_hourly)
),

last_hour AS (
  SELECT
    max(event_timestamp) AS detected_at,
    count(*) AS payments,
    count_if(is_approved) / count(*) AS approval_rate,
    count_if(risk_tier = 'high') / count(*) AS high_risk_rate
  FROM payments_enriched_silver
  WHERE event_date >= (SELECT to_date(newest.event_timestamp - INTERVAL 1 HOUR) FROM newest)
    AND event_timestamp > (SELECT newest.event_timestamp - INTERVAL 1 HOUR FROM newest)
  HAVING count(*) > 0
),

days_before AS (
  SELECT
    hourly.event_date,
    sum(hourly.transaction_count) AS payments,
    sum(hourly.approved_count) AS approved,
    sum(hourly.high_risk_count) AS high_risk
  FROM gold_activity_hourly AS hourly
  CROSS JOIN newest
  WHERE hourly.event_date < to_date(newest.event_timestamp - INTERVAL 1 HOUR)
    AND hourly.event_date >= date_sub(to_date(newest.event_timestamp - INTERVAL 1 HOUR), 28)
    AND hourly.event_hour IN (hour(newest.event_timestamp), hour(newest.event_timestamp - INTERVAL 1 HOUR))
  GROUP BY hourly.event_date
),

expected AS (
  SELECT
    sum(payments) AS payments,
    sum(approved) / sum(payments) AS approval_rate,
    sum(high_risk) / sum(payments) AS high_risk_rate,
    coalesce(stddev_samp(approved / payments), 0) AS approval_rate_spread,
    coalesce(stddev_samp(high_risk / payments), 0) AS high_risk_rate_spread
  FROM days_before
  HAVING sum(payments) > 0
),

limits AS (
  SELECT
    max(target_value) FILTER (WHERE kpi = 'alert_payments') AS payments,
    max(target_value) FILTER (WHERE kpi = 'alert_history') AS history,
    max(target_value) FILTER (WHERE kpi = 'alert_high') AS high,
    max(target_value) FILTER (WHERE kpi = 'alert_critical') AS critical
  FROM kpi_targets
),

kinds (alert_type, metric_name, metric, bad_direction) AS (
  VALUES
  ('APPROVAL_RATE_DROP', 'approval_rate_pct', 'approval rate', -1),
  ('HIGH_FRAUD_RATE', 'high_risk_pct', 'share of high-risk payments', 1)
),

rates AS (
  SELECT
    kinds.*,
    if(kinds.bad_direction < 0, last_hour.approval_rate, last_hour.high_risk_rate) AS measured,
    if(kinds.bad_direction < 0, expected.approval_rate, expected.high_risk_rate) AS expected,
    if(kinds.bad_direction < 0, expected.approval_rate_spread, expected.high_risk_rate_spread) AS spread,
    last_hour.payments,
    expected.payments AS history,
    last_hour.detected_at
  FROM last_hour
  CROSS JOIN expected
  CROSS JOIN kinds
),

compared AS (
  SELECT
    *,
    greatest(sqrt(expected * (1 - expected) / payments), spread, 1 / payments) AS error
  FROM rates
)

SELECT
  compared.alert_type,
  CASE
    WHEN compared.bad_direction * (compared.measured - compared.expected) >= limits.critical * compared.error THEN 'CRITICAL'
    ELSE 'HIGH'
  END AS severity,
  compared.metric_name,
  round(100 * compared.measured, 2) AS current_value,
  round(100 * (compared.expected + compared.bad_direction * limits.high * compared.error), 2) AS threshold_value,
  concat(
    'The ', compared.metric, ' of the last hour is ', round(100 * compared.measured, 2), ' % over ', compared.payments,
    ' payments; ', round(100 * compared.expected, 2), ' % is usual at this time of day, give or take ',
    round(100 * compared.error, 2), ' points.'
  ) AS alert_message,
  compared.detected_at AS first_detected
FROM compared
CROSS JOIN limits
WHERE compared.payments >= limits.payments
  AND compared.history >= limits.history
  AND compared.bad_direction * (compared.measured - compared.expected) >= limits.high * compared.error
ORDER BY severity ASC, alert_type ASC;
