-- From which file each table was made and seeded, so that a run changes nothing while the files stay the same: a
-- default that somebody deleted stays deleted.
CREATE TABLE IF NOT EXISTS schema_version (
  table_name varchar(63) PRIMARY KEY,
  digest varchar(64) NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE schema_version IS 'From which file each table was made and seeded';
COMMENT ON COLUMN schema_version.table_name IS 'Table of this schema';
COMMENT ON COLUMN schema_version.digest IS 'SHA-256 of its file and of the defaults that were written';
COMMENT ON COLUMN schema_version.applied_at IS 'When that was';
