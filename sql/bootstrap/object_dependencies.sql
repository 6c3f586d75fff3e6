-- Which gold table or view is made from which table, directly or through others. Written from the SQL files.
CREATE TABLE IF NOT EXISTS object_dependencies (
  object_name STRING NOT NULL COMMENT 'Gold table or view',
  made_from STRING NOT NULL COMMENT 'Table that its figures come from, directly or through others'
)
USING DELTA
COMMENT 'Gold tables and views, each with the tables that its figures come from';

INSERT OVERWRITE object_dependencies
SELECT given.object_name, given.made_from
FROM (SELECT explode(from_json(:rows, 'ARRAY<STRUCT<object_name: STRING, made_from: STRING>>')) AS given);
