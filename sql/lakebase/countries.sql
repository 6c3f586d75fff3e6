-- Countries that pages offer for filtering, in the order in which they are shown.
CREATE TABLE IF NOT EXISTS countries (
  code varchar(2) PRIMARY KEY CHECK (code = upper(code)),
  name varchar(255) NOT NULL,
  display_order integer NOT NULL DEFAULT 0,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE countries IS 'Countries offered for filtering, in display order';
COMMENT ON COLUMN countries.code IS 'ISO 3166 alpha-2 code';
COMMENT ON COLUMN countries.name IS 'Name in English';
COMMENT ON COLUMN countries.display_order IS 'Order in which it is shown, smallest first';
COMMENT ON COLUMN countries.is_active IS 'Whether it is offered';
COMMENT ON COLUMN countries.created_at IS 'When the row was made';
COMMENT ON COLUMN countries.updated_at IS 'When the row last changed';

INSERT INTO countries (code, name, display_order)
SELECT given.code, given.name, given.display_order
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
  code text, name text, display_order integer
)
ON CONFLICT (code) DO NOTHING;
