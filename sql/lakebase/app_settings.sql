-- Settings of the pages, by name. People edit them; a default is written only where a name is missing.
CREATE TABLE IF NOT EXISTS app_settings (
  key varchar(255) PRIMARY KEY,
  value text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE app_settings IS 'Settings of the pages, by name';
COMMENT ON COLUMN app_settings.key IS 'Name of the setting';
COMMENT ON COLUMN app_settings.value IS 'Value, as text';
COMMENT ON COLUMN app_settings.updated_at IS 'When the row last changed';

INSERT INTO app_settings (key, value)
SELECT given.key, given.value
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
  key text, value text
)
ON CONFLICT (key) DO NOTHING;
