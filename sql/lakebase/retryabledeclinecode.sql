-- Response codes and standard reasons after which a retry makes sense.
CREATE TABLE IF NOT EXISTS retryabledeclinecode (
  code varchar(100) PRIMARY KEY,
  label varchar(255) NOT NULL,
  category varchar(50) NOT NULL CHECK (category IN ('soft', 'transient', 'issuer')),
  default_backoff_seconds integer NOT NULL CHECK (default_backoff_seconds >= 0),
  max_attempts integer NOT NULL CHECK (max_attempts >= 1),
  is_active boolean NOT NULL DEFAULT true,
  updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE retryabledeclinecode IS 'Codes and reasons after which a retry makes sense';
COMMENT ON COLUMN retryabledeclinecode.code IS 'Response code or standard reason';
COMMENT ON COLUMN retryabledeclinecode.label IS 'What people call it';
COMMENT ON COLUMN retryabledeclinecode.category IS 'soft, transient or issuer';
COMMENT ON COLUMN retryabledeclinecode.default_backoff_seconds IS 'Seconds to wait before the retry';
COMMENT ON COLUMN retryabledeclinecode.max_attempts IS 'Attempts in all';
COMMENT ON COLUMN retryabledeclinecode.is_active IS 'Whether retries follow it';
COMMENT ON COLUMN retryabledeclinecode.updated_at IS 'When the row last changed';

INSERT INTO retryabledeclinecode (code, label, category, default_backoff_seconds, max_attempts)
SELECT given.code, given.label, given.category, given.default_backoff_seconds, given.max_attempts
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
  code text, label text, category text, default_backoff_seconds integer, max_attempts integer
)
ON CONFLICT (code) DO NOTHING;
