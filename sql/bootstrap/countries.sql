-- Countries that pages offer for filtering, in the order in which they are shown. People may edit them.
CREATE TABLE IF NOT EXISTS countries (
  code STRING NOT NULL COMMENT 'ISO 3166 alpha-2 code',
  name STRING NOT NULL COMMENT 'Name in English',
  display_order INT DEFAULT 0 COMMENT 'Order in which it is shown, smallest first',
  is_active BOOLEAN DEFAULT true COMMENT 'Whether it is offered',
  created_at TIMESTAMP DEFAULT current_timestamp() COMMENT 'When it was added, UTC',
  updated_at TIMESTAMP DEFAULT current_timestamp() COMMENT 'When it last changed, UTC'
)
USING DELTA
COMMENT 'Countries offered for filtering, in display order'
TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported');

INSERT INTO countries (code, name, display_order, is_active, created_at, updated_at)
SELECT given.code, given.name, given.display_order, true, current_timestamp(), current_timestamp()
FROM (SELECT explode(from_json(:rows, 'ARRAY<STRUCT<code: STRING, name: STRING, display_order: INT>>')) AS given)
WHERE given.code NOT IN (SELECT code FROM countries);
