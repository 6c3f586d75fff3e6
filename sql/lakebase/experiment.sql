-- Experiments that compare two ways to decide.
CREATE TABLE IF NOT EXISTS experiment (
  id varchar(64) PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  name varchar(255) NOT NULL,
  description text,
  status varchar(20) NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'running', 'paused', 'stopped')),
  started_at timestamptz,
  ended_at timestamptz,
  CONSTRAINT experiment_ends_after_start CHECK (ended_at >= started_at)
);

COMMENT ON TABLE experiment IS 'Experiments that compare two ways to decide';
COMMENT ON COLUMN experiment.id IS 'Id of the experiment';
COMMENT ON COLUMN experiment.created_at IS 'When it was made';
COMMENT ON COLUMN experiment.name IS 'What people call it';
COMMENT ON COLUMN experiment.description IS 'What it compares, and why';
COMMENT ON COLUMN experiment.status IS 'draft, running, paused or stopped';
COMMENT ON COLUMN experiment.started_at IS 'When it was started; NULL before that';
COMMENT ON COLUMN experiment.ended_at IS 'When it was stopped; NULL before that';
