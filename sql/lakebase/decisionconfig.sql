-- Settings of the decision engine, by name. People edit them; a default is written only where a name is missing.
CREATE TABLE IF NOT EXISTS decisionconfig (
  key varchar(255) PRIMARY KEY,
  value text NOT NULL,
  description text,
  updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE decisionconfig IS 'Settings of the decision engine, by name';
COMMENT ON COLUMN decisionconfig.key IS 'Name of the setting';
COMMENT ON COLUMN decisionconfig.value IS 'Value, as text, in the unit that the description names';
COMMENT ON COLUMN decisionconfig.description IS 'What the setting does, with its unit';
COMMENT ON COLUMN decisionconfig.updated_at IS 'When the row last changed';

INSERT INTO decisionconfig (key, value, description)
SELECT given.key, given.value, given.description
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
  key text, value text, description text
)
ON CONFLICT (key) DO NOTHING;
