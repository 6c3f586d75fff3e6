-- Feature values as models and agents wrote them when they were used, so that a decision can be explained afterwards.
CREATE TABLE IF NOT EXISTS online_features (
  id STRING NOT NULL COMMENT 'Id of the value',
  source STRING NOT NULL COMMENT 'Who wrote it: ml, agent or streaming',
  feature_set STRING COMMENT 'Group of features that belong together',
  feature_name STRING NOT NULL COMMENT 'Name of the feature',
  feature_value DOUBLE COMMENT 'Value, in the unit of the feature; NULL for a text',
  feature_value_str STRING COMMENT 'Value of a text feature; NULL for a number',
  entity_id STRING COMMENT 'Payment, merchant or segment that it describes',
  created_at TIMESTAMP DEFAULT current_timestamp() COMMENT 'When it was written, UTC'
)
USING DELTA
CLUSTER BY (created_at)
COMMENT 'Feature values that models and agents wrote when they used them'
TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported');

ALTER TABLE online_features DROP CONSTRAINT IF EXISTS known_source;

ALTER TABLE online_features ADD CONSTRAINT known_source CHECK (source IN ('ml', 'agent', 'streaming'));
