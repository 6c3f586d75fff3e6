-- Incidents that agents and people reported, for notebooks and agents. Holds no samples: it is empty until one is found.
CREATE TABLE IF NOT EXISTS incidents_lakehouse (
  id STRING NOT NULL COMMENT 'Id of the incident',
  created_at TIMESTAMP DEFAULT current_timestamp() COMMENT 'When it was reported, UTC',
  category STRING NOT NULL COMMENT 'mid_failure, bin_anomaly, route_issue, fraud_spike or entry_mode',
  incident_key STRING NOT NULL COMMENT 'What it is about: a merchant, a BIN, a route, a segment or an entry mode',
  severity STRING DEFAULT 'medium' COMMENT 'low, medium or high',
  status STRING DEFAULT 'open' COMMENT 'open, mitigating or resolved',
  details STRING COMMENT 'Figures and queries behind it, as JSON'
)
USING DELTA
COMMENT 'Incidents that agents and people reported'
TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported');

ALTER TABLE incidents_lakehouse DROP CONSTRAINT IF EXISTS known_status;

ALTER TABLE incidents_lakehouse ADD CONSTRAINT known_status CHECK (status IN ('open', 'mitigating', 'resolved'));
