-- Rules that the decision engine applies, as agents and notebooks read them. People edit them in Lakebase; this table
-- starts from the same defaults, and a default that was edited or switched off stays as people left it.
CREATE TABLE IF NOT EXISTS approval_rules (
  id STRING NOT NULL COMMENT 'Id of the rule, the same in Lakebase',
  name STRING NOT NULL COMMENT 'What people call the rule',
  rule_type STRING NOT NULL COMMENT 'Decision that it applies to: authentication, retry or routing',
  condition_expression STRING COMMENT 'When it applies: a condition on fields of the decision request',
  action_summary STRING COMMENT 'What is done when it applies, in words',
  priority INT DEFAULT 100 COMMENT 'Order of evaluation, smallest first',
  is_active BOOLEAN DEFAULT true COMMENT 'Whether the rule is applied',
  created_at TIMESTAMP DEFAULT current_timestamp() COMMENT 'When it was made, UTC',
  updated_at TIMESTAMP DEFAULT current_timestamp() COMMENT 'When it last changed, UTC'
)
USING DELTA
COMMENT 'Rules of the decision engine, as agents and notebooks read them'
TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported');

ALTER TABLE approval_rules DROP CONSTRAINT IF EXISTS known_rule_type;

ALTER TABLE approval_rules ADD CONSTRAINT known_rule_type CHECK (rule_type IN ('authentication', 'retry', 'routing'));

INSERT INTO approval_rules (
  id, name, rule_type, condition_expression, action_summary, priority, is_active, created_at, updated_at
)
SELECT
  given.id, given.name, given.rule_type, given.condition_expression, given.action_summary, given.priority,
  true, current_timestamp(), current_timestamp()
FROM (
  SELECT explode(from_json(
    :rows,
    'ARRAY<STRUCT<id: STRING, name: STRING, rule_type: STRING, condition_expression: STRING, action_summary: STRING, priority: INT>>'
  )) AS given
)
WHERE given.id NOT IN (SELECT id FROM approval_rules);
