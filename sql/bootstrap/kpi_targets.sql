-- Targets and alert limits that views compare figures with. Written from include/payments, never by people.
CREATE TABLE IF NOT EXISTS kpi_targets (
  kpi STRING NOT NULL COMMENT 'Name of the figure or limit; key of the table',
  target_value DOUBLE NOT NULL COMMENT 'Target or limit, in its unit',
  unit STRING NOT NULL COMMENT 'Unit of the value, such as percent, milliseconds or payments',
  meaning STRING NOT NULL COMMENT 'What is compared with it'
)
USING DELTA
COMMENT 'Targets and alert limits that views compare figures with';

INSERT OVERWRITE kpi_targets
SELECT given.kpi, given.target_value, given.unit, given.meaning
FROM (
  SELECT explode(from_json(:rows, 'ARRAY<STRUCT<kpi: STRING, target_value: DOUBLE, unit: STRING, meaning: STRING>>')) AS given
);
