-- What agents and people recommend to win back declined payments. Shown by v_recommendations_from_lakehouse.
CREATE TABLE IF NOT EXISTS approval_recommendations (
  id STRING NOT NULL COMMENT 'Id of the recommendation',
  context_summary STRING COMMENT 'What was seen, in words, with its figures',
  recommended_action STRING NOT NULL COMMENT 'What to do',
  score DOUBLE COMMENT 'Strength of the recommendation, 0 to 1',
  source_type STRING COMMENT 'Who recommends: the name of an agent, or operator',
  created_at TIMESTAMP DEFAULT current_timestamp() COMMENT 'When it was made, UTC'
)
USING DELTA
COMMENT 'Recommendations of agents and people to win back declined payments'
TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported', 'delta.enableChangeDataFeed' = 'true');
