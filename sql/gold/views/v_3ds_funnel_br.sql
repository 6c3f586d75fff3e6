-- Payment links paid from Brazil on their way through 3-D Secure, by day.
CREATE OR REPLACE VIEW v_3ds_funnel_br (
  event_date COMMENT 'Day, UTC',
  total_transactions COMMENT 'Payments',
  three_ds_routed_count COMMENT 'Payments sent through 3-D Secure',
  three_ds_friction_count COMMENT 'Of these, the ones with a challenge',
  three_ds_authenticated_count COMMENT 'Of the routed ones, the authenticated ones',
  issuer_approved_after_auth_count COMMENT 'Of the authenticated ones, those that the issuer approved',
  three_ds_friction_rate_pct COMMENT 'Challenged, percent of the routed; NULL when none was routed',
  three_ds_authentication_rate_pct COMMENT 'Authenticated, percent of the routed; NULL when none was routed',
  issuer_approval_post_auth_rate_pct COMMENT 'Approved by the issuer, percent of the authenticated; NULL when none was'
)
COMMENT 'Payment links paid from Brazil on their way through 3-D Secure, by day'
AS
SELECT
  event_date,
  sum(transaction_count) AS total_transactions,
  sum(three_ds_routed_count) AS three_ds_routed_count,
  sum(three_ds_friction_count) AS three_ds_friction_count,
  sum(three_ds_authenticated_count) AS three_ds_authenticated_count,
  sum(issuer_approved_after_auth_count) AS issuer_approved_after_auth_count,
  round(100 * sum(three_ds_friction_count) / nullif(sum(three_ds_routed_count), 0), 2) AS three_ds_friction_rate_pct,
  round(100 * sum(three_ds_authenticated_count) / nullif(sum(three_ds_routed_count), 0), 2)
    AS three_ds_authentication_rate_pct,
  round(100 * sum(issuer_approved_after_auth_count) / nullif(sum(three_ds_authenticated_count), 0), 2)
    AS issuer_approval_post_auth_rate_pct
FROM gold_checkout_daily
WHERE geo_country = 'BR'
GROUP BY event_date
ORDER BY event_date DESC;
