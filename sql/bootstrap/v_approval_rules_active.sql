-- The rules in force, in the order in which they are evaluated.
CREATE OR REPLACE VIEW v_approval_rules_active (
  id COMMENT 'Id of the rule',
  name COMMENT 'What people call the rule',
  rule_type COMMENT 'Decision that it applies to: authentication, retry or routing',
  condition_expression COMMENT 'When it applies: a condition on fields of the decision request',
  action_summary COMMENT 'What is done when it applies, in words',
  priority COMMENT 'Order of evaluation, smallest first',
  updated_at COMMENT 'When it last changed, UTC'
)
COMMENT 'Rules in force, in the order in which they are evaluated'
AS
SELECT
  id,
  name,
  rule_type,
  condition_expression,
  action_summary,
  priority,
  updated_at
FROM approval_rules
WHERE is_active
ORDER BY priority ASC, updated_at DESC, id ASC;
