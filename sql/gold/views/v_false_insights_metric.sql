-- Insights that reviewers found false, by day of the review. An insight is false when it is invalid or when nothing
-- can be done about it.
CREATE OR REPLACE VIEW v_false_insights_metric (
  event_date COMMENT 'Day of the review, UTC',
  reviewed_insights COMMENT 'Insights that were reviewed',
  false_insights COMMENT 'Of these, the invalid and the non-actionable ones',
  false_insights_pct COMMENT 'False insights, percent of the reviewed ones'
)
COMMENT 'Insights that reviewers found false, by day of the review'
AS
SELECT
  to_date(reviewed_at) AS event_date,
  count(*) AS reviewed_insights,
  count_if(verdict IN ('invalid', 'non_actionable')) AS false_insights,
  round(100 * count_if(verdict IN ('invalid', 'non_actionable')) / count(*), 2) AS false_insights_pct
FROM insight_feedback_silver
WHERE reviewed_at IS NOT NULL
GROUP BY to_date(reviewed_at)
ORDER BY event_date DESC;
