-- Feature values as models and agents wrote them when they were used, so that a decision can be explained.
CREATE TABLE IF NOT EXISTS online_features (
  id varchar(255) PRIMARY KEY,
  source varchar(50) NOT NULL CHECK (source IN ('ml', 'agent', 'streaming')),
  feature_set varchar(255),
  feature_name varchar(255) NOT NULL,
  feature_value double precision,
  feature_value_str varchar(500),
  entity_id varchar(255),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS online_features_newest ON online_features (created_at DESC);

CREATE INDEX IF NOT EXISTS online_features_of_entity ON online_features (entity_id, feature_name, created_at DESC);

COMMENT ON TABLE online_features IS 'Feature values that models and agents wrote when they used them';
COMMENT ON COLUMN online_features.id IS 'Id of the value';
COMMENT ON COLUMN online_features.source IS 'Who wrote it: ml, agent or streaming';
COMMENT ON COLUMN online_features.feature_set IS 'Group of features that belong together';
COMMENT ON COLUMN online_features.feature_name IS 'Name of the feature';
COMMENT ON COLUMN online_features.feature_value IS 'Value, in the unit of the feature; NULL for a text';
COMMENT ON COLUMN online_features.feature_value_str IS 'Value of a text feature; NULL for a number';
COMMENT ON COLUMN online_features.entity_id IS 'Payment, merchant or segment that it describes';
COMMENT ON COLUMN online_features.created_at IS 'When it was written';
