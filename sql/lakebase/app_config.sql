-- Where the lakehouse side of the product lives: one row.
CREATE TABLE IF NOT EXISTS app_config (
  id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  catalog varchar(255) NOT NULL,
  schema varchar(255) NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE app_config IS 'Catalog and schema of the lakehouse: one row';
COMMENT ON COLUMN app_config.id IS 'Always 1: there is one row';
COMMENT ON COLUMN app_config.catalog IS 'Catalog of the lakehouse schema';
COMMENT ON COLUMN app_config.schema IS 'Name of the lakehouse schema';
COMMENT ON COLUMN app_config.updated_at IS 'When the row last changed';

INSERT INTO app_config (id, catalog, schema)
VALUES (1, %(catalog)s, %(schema)s)
ON CONFLICT (id) DO NOTHING;
