-- One sentence for each payment, from which the search for similar payments is built. Written by the search step.
CREATE TABLE IF NOT EXISTS transaction_summaries_for_search (
  transaction_id STRING NOT NULL COMMENT 'Payment; key of the table',
  summary_text STRING COMMENT 'What the payment was, in words: the text that is searched',
  outcome STRING NOT NULL COMMENT 'approved, or declined: with the decline reason',
  amount DOUBLE COMMENT 'Amount in US dollars',
  network STRING COMMENT 'Card network',
  merchant_segment STRING COMMENT 'Line of business of the merchant',
  created_at TIMESTAMP DEFAULT current_timestamp() COMMENT 'Time of the payment, UTC'
)
USING DELTA
COMMENT 'One sentence for each payment, source of the index of similar payments'
TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported', 'delta.enableChangeDataFeed' = 'true');
