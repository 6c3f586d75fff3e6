-- Where the product lives: one row, read by pages and by views that name their own catalog and schema.
CREATE TABLE IF NOT EXISTS app_config (
  id INT DEFAULT 1 COMMENT 'Always 1: there is one row',
  catalog STRING COMMENT 'Catalog of this schema',
  schema STRING COMMENT 'Name of this schema',
  updated_at TIMESTAMP DEFAULT current_timestamp() COMMENT 'When the row last changed, UTC'
)
USING DELTA
COMMENT 'Catalog and schema in which the product lives: one row'
TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported');

INSERT INTO app_config (id, catalog, schema, updated_at)
SELECT 1, :catalog, :schema, current_timestamp()
WHERE NOT EXISTS (SELECT id FROM app_config WHERE id = 1);
