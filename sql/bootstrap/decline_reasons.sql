-- Decline reasons as the processor names them, each with its response code and its standard reason. Written from
-- include/payments/taxonomy.py, never by people.
CREATE TABLE IF NOT EXISTS decline_reasons (
  decline_reason STRING NOT NULL COMMENT 'Reason as the processor names it; key of the table',
  decline_code_raw STRING NOT NULL COMMENT 'Response code that comes with it (ISO 8583 or network)',
  decline_reason_standard STRING NOT NULL COMMENT 'Standard reason; key of reason_code_taxonomy_silver'
)
USING DELTA
COMMENT 'Decline reasons as the processor names them, with response code and standard reason';

INSERT OVERWRITE decline_reasons
SELECT given.decline_reason, given.decline_code_raw, given.decline_reason_standard
FROM (
  SELECT explode(from_json(:rows, 'ARRAY<STRUCT<decline_reason: STRING, decline_code_raw: STRING, decline_reason_standard: STRING>>')) AS given
);
