-- What to do to win back declined payments: the newest 100 recommendations of agents and people, and the 50 strongest
-- that follow from the declines of the last 30 days by segment and standard reason. The strength of the latter is the
-- value that the taxonomy expects to recover, relative to the strongest.
CREATE OR REPLACE VIEW v_recommendations_from_lakehouse (
  id COMMENT 'Id of the recommendation',
  context_summary COMMENT 'What was seen, in words, with its figures',
  recommended_action COMMENT 'What to do',
  score COMMENT 'Strength of the recommendation, 0 to 1',
  source_type COMMENT 'lakehouse_analysis, or who recommended it',
  created_at COMMENT 'When it was made; for lakehouse_analysis the last day of its figures, UTC'
)
COMMENT 'Recommendations of agents and people, and those that follow from the declines of the last 30 days'
AS
WITH newest AS (
  SELECT max(event_date) AS event_date
  FROM gold_entry_daily
),

declines AS (
  SELECT
    merchant_segment,
    decline_reason_standard,
    recommended_action,
    sum(transaction_count) AS decline_count,
    sum(total_value_usd) AS declined_value
  FROM gold_entry_daily
  WHERE NOT is_approved
    AND event_date > (SELECT date_sub(newest.event_date, 30) FROM newest)
  GROUP BY merchant_segment, decline_reason_standard, recommended_action
  HAVING sum(transaction_count) >= 5
),

recoverable AS (
  SELECT
    declines.merchant_segment,
    declines.decline_reason_standard,
    declines.recommended_action,
    declines.decline_count,
    declines.declined_value,
    declines.declined_value * taxonomy.recoverable_share AS recoverable_value
  FROM declines
  INNER JOIN reason_code_taxonomy_silver AS taxonomy
    ON declines.decline_reason_standard = taxonomy.decline_reason_standard
),

found AS (
  SELECT
    concat_ws('-', 'lakehouse', recoverable.merchant_segment, recoverable.decline_reason_standard) AS id,
    concat(
      recoverable.decline_count, ' payments in ', coalesce(recoverable.merchant_segment, 'no segment'),
      ' were declined for ', recoverable.decline_reason_standard, ' in 30 days, ',
      CAST(round(recoverable.declined_value) AS BIGINT), ' USD in all; about ', CAST(round(recoverable.recoverable_value) AS BIGINT),
      ' USD can be recovered.'
    ) AS context_summary,
    recoverable.recommended_action,
    round(recoverable.recoverable_value / nullif(max(recoverable.recoverable_value) OVER (), 0), 4) AS score,
    'lakehouse_analysis' AS source_type,
    CAST(newest.event_date AS TIMESTAMP) AS created_at
  FROM recoverable
  CROSS JOIN newest
  ORDER BY score DESC, id ASC
  LIMIT 50
),

given AS (
  SELECT
    id,
    context_summary,
    recommended_action,
    score,
    source_type,
    created_at
  FROM approval_recommendations
  ORDER BY created_at DESC, id ASC
  LIMIT 100
)

SELECT
  id,
  context_summary,
  recommended_action,
  score,
  source_type,
  created_at
FROM given

UNION ALL

SELECT
  id,
  context_summary,
  recommended_action,
  score,
  source_type,
  created_at
FROM found;
