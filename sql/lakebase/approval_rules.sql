-- Rules that the decision engine applies. This table is where people edit them; the lakehouse gets copies.
CREATE TABLE IF NOT EXISTS approval_rules (
  id varchar(255) PRIMARY KEY,
  name varchar(500) NOT NULL,
  rule_type varchar(100) NOT NULL CHECK (rule_type IN ('authentication', 'retry', 'routing')),
  condition_expression text,
  action_summary text,
  priority integer NOT NULL DEFAULT 100,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS approval_rules_in_force ON approval_rules (rule_type, is_active, priority);

COMMENT ON TABLE approval_rules IS 'Rules of the decision engine, as people edit them';
COMMENT ON COLUMN approval_rules.id IS 'Id of the rule, the same in the lakehouse';
COMMENT ON COLUMN approval_rules.name IS 'What people call the rule';
COMMENT ON COLUMN approval_rules.rule_type IS 'Decision that it applies to: authentication, retry or routing';
COMMENT ON COLUMN approval_rules.condition_expression IS 'When it applies: a condition on fields of the decision request';
COMMENT ON COLUMN approval_rules.action_summary IS 'What is done when it applies, in words';
COMMENT ON COLUMN approval_rules.priority IS 'Order of evaluation, smallest first';
COMMENT ON COLUMN approval_rules.is_active IS 'Whether the rule is applied';
COMMENT ON COLUMN approval_rules.created_at IS 'When the row was made';
COMMENT ON COLUMN approval_rules.updated_at IS 'When the row last changed';

INSERT INTO approval_rules (id, name, rule_type, condition_expression, action_summary, priority)
SELECT given.id, given.name, given.rule_type, given.condition_expression, given.action_summary, given.priority
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
  id text, name text, rule_type text, condition_expression text, action_summary text, priority integer
)
ON CONFLICT (id) DO NOTHING;
