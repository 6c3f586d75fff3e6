-- Bounds of the risk tiers. Written from include/payments/kpis.py, never by people.
CREATE TABLE IF NOT EXISTS risk_tiers (
  risk_tier STRING NOT NULL COMMENT 'low, medium or high',
  above_fraud_score DOUBLE NOT NULL COMMENT 'Fraud score above which the tier begins, 0 to 1; the lowest tier holds its bound too',
  up_to_fraud_score DOUBLE NOT NULL COMMENT 'Greatest fraud score of the tier, 0 to 1'
)
USING DELTA
COMMENT 'Bounds of the risk tiers in terms of the fraud score';

INSERT OVERWRITE risk_tiers
SELECT given.risk_tier, given.above_fraud_score, given.up_to_fraud_score
FROM (
  SELECT explode(from_json(:rows, 'ARRAY<STRUCT<risk_tier: STRING, above_fraud_score: DOUBLE, up_to_fraud_score: DOUBLE>>')) AS given
);
