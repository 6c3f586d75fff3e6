-- Purchase attempts that more than one row reports, such as the same purchase seen by two entry systems: one row.
CREATE OR REPLACE VIEW v_dedup_collision_stats (
  colliding_keys COMMENT 'Canonical keys with more than one row',
  avg_rows_per_key COMMENT 'Mean rows of such a key; NULL when there is none',
  avg_entry_systems_per_key COMMENT 'Mean entry systems of such a key; NULL when there is none',
  avg_transaction_ids_per_key COMMENT 'Mean transaction ids of such a key; NULL when there is none'
)
COMMENT 'Purchase attempts that more than one row reports: one row'
AS
SELECT
  coalesce(sum(colliding_keys), 0) AS colliding_keys,
  round(sum(colliding_rows) / nullif(sum(colliding_keys), 0), 2) AS avg_rows_per_key,
  round(sum(colliding_entry_systems) / nullif(sum(colliding_keys), 0), 2) AS avg_entry_systems_per_key,
  -- silver holds each transaction_id once, so a row is an id
  round(sum(colliding_rows) / nullif(sum(colliding_keys), 0), 2) AS avg_transaction_ids_per_key
FROM gold_entry_daily;
