-- What this project created and rebuilt in the schema: one row each time, added only. The newest row of an object says
-- from which definition it was made, and up to which moment of silver a gold table has taken its figures.
CREATE TABLE IF NOT EXISTS object_log (
  object_name STRING NOT NULL COMMENT 'Table or view of this schema',
  definition_hash STRING NOT NULL COMMENT 'SHA-256 of the statements of its SQL file, and of the rows seeded by it',
  processed_through TIMESTAMP COMMENT 'Greatest _processed_at of payments_enriched_silver in its figures, UTC; NULL for objects without figures',
  logged_at TIMESTAMP NOT NULL COMMENT 'When the row was written, UTC'
)
USING DELTA
COMMENT 'What was created and rebuilt, from which definition and up to which moment: one row each time, the newest counts';
