-- Incidents of the seven days before the newest one, 200 at most.
CREATE OR REPLACE VIEW v_incidents_recent (
  id COMMENT 'Id of the incident',
  created_at COMMENT 'When it was reported, UTC',
  category COMMENT 'mid_failure, bin_anomaly, route_issue, fraud_spike or entry_mode',
  incident_key COMMENT 'What it is about: a merchant, a BIN, a route, a segment or an entry mode',
  severity COMMENT 'low, medium or high',
  status COMMENT 'open, mitigating or resolved',
  details COMMENT 'Figures and queries behind it, as JSON'
)
COMMENT 'Incidents of the seven days before the newest one, newest first, 200 at most'
AS
SELECT
  id,
  created_at,
  category,
  incident_key,
  severity,
  status,
  details
FROM incidents_lakehouse
WHERE created_at >= (SELECT max(created_at) - INTERVAL 7 DAYS FROM incidents_lakehouse)
ORDER BY created_at DESC, id ASC
LIMIT 200;
