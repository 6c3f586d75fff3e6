-- The newest feature values: those of the 24 hours before the newest one, 200 at most.
CREATE OR REPLACE VIEW v_online_features_latest (
  id COMMENT 'Id of the value',
  source COMMENT 'Who wrote it: ml, agent or streaming',
  feature_set COMMENT 'Group of features that belong together',
  feature_name COMMENT 'Name of the feature',
  feature_value COMMENT 'Value, in the unit of the feature; NULL for a text',
  feature_value_str COMMENT 'Value of a text feature; NULL for a number',
  entity_id COMMENT 'Payment, merchant or segment that it describes',
  created_at COMMENT 'When it was written, UTC'
)
COMMENT 'Feature values of the 24 hours before the newest one, newest first, 200 at most'
AS
SELECT
  id,
  source,
  feature_set,
  feature_name,
  feature_value,
  feature_value_str,
  entity_id,
  created_at
FROM online_features
WHERE created_at >= (SELECT max(created_at) - INTERVAL 24 HOURS FROM online_features)
ORDER BY created_at DESC, id ASC
LIMIT 200;
