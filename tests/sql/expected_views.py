"""What the views must say, written for DuckDB over the silver rows themselves: no daily tables, no sketches."""

_LINK = "flow_type IN ('payment_link', 'payment_link_sep')"
_DAYS_30 = "event_date > (SELECT max(event_date) FROM silver) - 30"
_HOUR = "event_timestamp > (SELECT max(event_timestamp) FROM silver) - INTERVAL 1 HOUR"
_RETRIES = """
  silver AS r LEFT JOIN silver AS o
  ON r.retry_of_transaction_id = o.transaction_id AND NOT o.is_approved AND o.event_date <= r.event_date
"""
_VISIBLE = """
  (SELECT *, row_number() OVER (
    PARTITION BY canonical_transaction_key ORDER BY event_timestamp DESC, transaction_id DESC) AS rank
   FROM silver WHERE transaction_stage = 'entry_response')
"""

EXPECTED = {
    "v_executive_kpis": """
        SELECT count(*) AS total_transactions, count(DISTINCT merchant_id) AS unique_merchants,
          count(DISTINCT issuer_country) AS unique_countries, sum(is_approved::INT) AS approved_count,
          sum((NOT is_approved)::INT) AS declined_count, pct(sum(is_approved::INT), count(*)) AS approval_rate_pct,
          avg(fraud_score) AS avg_fraud_score, avg(aml_risk_score) AS avg_aml_risk_score,
          sum(amount_usd) AS total_transaction_value, sum(amount_usd) FILTER (is_approved) AS approved_value,
          sum(amount_usd) FILTER (NOT is_approved) AS declined_value, avg(amount_usd) AS avg_transaction_amount,
          pct(sum(uses_3ds::INT), count(*)) AS auth_3ds_usage_pct, min(event_timestamp) AS period_start,
          max(event_timestamp) AS period_end
        FROM silver""",
    "v_approval_trends_hourly": """
        SELECT date_trunc('hour', event_timestamp) AS hour, count(*) AS transaction_count,
          sum(is_approved::INT) AS approved_count, pct(sum(is_approved::INT), count(*)) AS approval_rate_pct,
          avg(fraud_score) AS avg_fraud_score, sum(amount_usd) AS total_value,
          count(DISTINCT merchant_segment) AS active_segments
        FROM silver GROUP BY 1""",
    "v_approval_trends_by_second": f"""
        SELECT date_trunc('second', event_timestamp) AS event_second, count(*) AS transaction_count,
          sum(is_approved::INT) AS approved_count, pct(sum(is_approved::INT), count(*)) AS approval_rate_pct,
          avg(fraud_score) AS avg_fraud_score, sum(amount_usd) AS total_value,
          count(DISTINCT merchant_segment) AS active_segments
        FROM silver WHERE {_HOUR} GROUP BY 1""",
    "v_streaming_volume_per_second": f"""
        SELECT date_trunc('second', event_timestamp) AS event_second, count(*) AS records_per_second
        FROM silver WHERE {_HOUR} GROUP BY 1""",
    "v_last_hour_performance": f"""
        SELECT count(*) AS transactions_last_hour, pct(sum(is_approved::INT), count(*)) AS approval_rate_pct,
          avg(fraud_score) AS avg_fraud_score, sum(amount_usd) AS total_value,
          count(DISTINCT merchant_segment) AS active_segments,
          sum((fraud_score > 0.75)::INT) AS high_risk_transactions, sum((NOT is_approved)::INT) AS declines_last_hour
        FROM silver WHERE {_HOUR}""",
    "v_last_60_seconds_performance": """
        SELECT count(*) AS transactions_last_60s, pct(sum(is_approved::INT), count(*)) AS approval_rate_pct,
          avg(fraud_score) AS avg_fraud_score, sum(amount_usd) AS total_value,
          sum((NOT is_approved)::INT) AS declines_last_60s
        FROM silver WHERE event_timestamp > (SELECT max(event_timestamp) FROM silver) - INTERVAL 60 SECOND""",
    "v_performance_by_geography": """
        SELECT issuer_country AS country, count(*) AS transaction_count,
          pct(sum(is_approved::INT), count(*)) AS approval_rate_pct, avg(fraud_score) AS avg_fraud_score,
          sum(amount_usd) AS total_transaction_value, count(DISTINCT merchant_id) AS unique_merchants
        FROM silver GROUP BY 1 HAVING count(*) >= 10""",
    "v_top_decline_reasons": """
        SELECT decline_reason, count(*) AS decline_count, pct(count(*), sum(count(*)) OVER ()) AS pct_of_declines,
          avg(fraud_score) AS avg_fraud_score, avg(amount_usd) AS avg_amount,
          sum(amount_usd) AS total_declined_value, count(DISTINCT merchant_id) AS affected_merchants,
          sum((fraud_score <= 0.35)::INT) AS low_risk_declines,
          pct(sum((fraud_score <= 0.35)::INT), count(*)) AS recoverable_pct
        FROM silver WHERE NOT is_approved GROUP BY 1""",
    "v_decline_recovery_opportunities": f"""
        WITH cells AS (
          SELECT decline_reason, merchant_segment, card_network, count(*) AS decline_count,
            sum(amount_usd) AS potential_recovery_value, avg(fraud_score) AS f, avg(device_trust_score) AS d,
            any_value(default_action) AS recommended_action
          FROM silver JOIN reasons USING (decline_reason) JOIN taxonomy ON standard = taxonomy.decline_reason_standard
          WHERE NOT is_approved AND {_DAYS_30} GROUP BY 1, 2, 3 HAVING count(*) >= 5)
        SELECT decline_reason, merchant_segment, card_network, decline_count, potential_recovery_value,
          f AS avg_fraud_score, d AS avg_device_trust,
          CASE WHEN round(f, 4) < 0.2 AND round(d, 4) > 0.7 THEN 'HIGH'
            WHEN round(f, 4) < 0.4 AND round(d, 4) > 0.5 THEN 'MEDIUM' ELSE 'LOW' END AS recovery_likelihood,
          recommended_action
        FROM cells""",
    "v_solution_performance": f"""
        SELECT payment_solution, count(*) AS transaction_count, sum(is_approved::INT) AS approved_count,
          pct(sum(is_approved::INT), count(*)) AS approval_rate_pct, avg(fraud_score) AS avg_fraud_score,
          avg(amount_usd) AS avg_amount, sum(amount_usd) AS total_value, avg(processing_time_ms) AS avg_latency_ms
        FROM silver WHERE {_DAYS_30} GROUP BY 1""",
    "v_card_network_performance": f"""
        SELECT card_network, count(*) AS transaction_count, pct(sum(is_approved::INT), count(*)) AS approval_rate_pct,
          avg(amount_usd) AS avg_amount, avg(fraud_score) AS avg_fraud_score,
          avg(processing_time_ms) AS avg_latency_ms
        FROM silver WHERE {_DAYS_30} GROUP BY 1""",
    "v_merchant_segment_performance": f"""
        SELECT merchant_segment, count(*) AS transaction_count,
          pct(sum(is_approved::INT), count(*)) AS approval_rate_pct, count(DISTINCT merchant_id) AS unique_merchants,
          avg(amount_usd) AS avg_transaction_amount, sum(amount_usd) AS total_value,
          avg(fraud_score) AS avg_fraud_score, pct(sum(uses_3ds::INT), count(*)) AS auth_3ds_usage_pct
        FROM silver WHERE {_DAYS_30} GROUP BY 1""",
    "v_daily_trends": """
        SELECT event_date, count(*) AS transactions, pct(sum(is_approved::INT), count(*)) AS approval_rate,
          avg(fraud_score) AS avg_fraud_score, sum(amount_usd) AS total_value,
          count(*) - lag(count(*)) OVER (ORDER BY event_date) AS dod_volume_change
        FROM silver GROUP BY 1""",
    "v_approval_kpis": """
        SELECT event_date, count(*) AS total_transactions, sum(is_approved::INT) AS approved_count,
          sum((NOT is_approved)::INT) AS declined_count, pct(sum(is_approved::INT), count(*)) AS approval_rate_pct,
          avg(fraud_score) AS avg_fraud_score, sum(amount_usd) AS total_value,
          count(DISTINCT merchant_id) AS unique_merchants
        FROM silver GROUP BY 1""",
    "v_retry_performance": f"""
        WITH base AS (
          SELECT 100.0 * avg(is_approved::INT) AS pct FROM silver
          WHERE retry_of_transaction_id IS NULL AND {_DAYS_30})
        SELECT r.retry_scenario, o.decline_reason_standard, r.retry_count, count(*) AS retry_attempts,
          pct(sum(r.is_approved::INT), count(*)) AS success_rate_pct,
          coalesce(sum(r.amount_usd) FILTER (r.is_approved), 0) AS recovered_value,
          avg(r.fraud_score) AS avg_fraud_score, avg(r.retry_delay_seconds) AS avg_time_since_last_attempt_s,
          avg(r.prior_approved_count) AS avg_prior_approvals, round(any_value(base.pct), 2) AS baseline_approval_pct,
          round(100.0 * avg(r.is_approved::INT) - any_value(base.pct), 2) AS incremental_lift_pct,
          CASE WHEN 100.0 * avg(r.is_approved::INT) > 40 THEN 'Effective'
            WHEN 100.0 * avg(r.is_approved::INT) > 20 THEN 'Moderate' ELSE 'Low' END AS effectiveness
        FROM {_RETRIES}, base WHERE r.retry_of_transaction_id IS NOT NULL GROUP BY 1, 2, 3""",
    "v_retry_success_by_reason": f"""
        SELECT o.decline_reason_standard, count(*) AS total_retries, sum(r.is_approved::INT) AS successful_retries,
          pct(sum(r.is_approved::INT), count(*)) AS success_rate_pct,
          coalesce(sum(r.amount_usd) FILTER (r.is_approved), 0) AS recovered_value,
          coalesce(sum(r.amount_usd) FILTER (NOT r.is_approved), 0) AS total_declined_value,
          avg(r.retry_delay_seconds) AS avg_retry_delay_s, avg(r.fraud_score) AS avg_fraud_score
        FROM {_RETRIES} WHERE r.retry_of_transaction_id IS NOT NULL AND o.transaction_id IS NOT NULL GROUP BY 1""",
    "v_transaction_summaries_for_search": f"""
        SELECT merchant_segment, issuer_country, payment_solution, count(*) AS transaction_count,
          sum(is_approved::INT) AS approved_count, pct(sum(is_approved::INT), count(*)) AS approval_rate_pct,
          avg(fraud_score) AS avg_fraud_score, avg(amount_usd) AS avg_amount,
          avg(processing_time_ms) AS avg_latency_ms, avg(device_trust_score) AS avg_device_trust,
          sum(coalesce(is_cross_border, FALSE)::INT) AS cross_border_count
        FROM silver WHERE {_DAYS_30} GROUP BY 1, 2, 3 HAVING count(*) >= 10""",
    "v_decline_patterns": """
        SELECT decline_reason_standard, decline_reason_group, entry_system, flow_type, merchant_segment,
          count(*) AS decline_count, avg(fraud_score) AS avg_fraud_score, avg(device_trust_score) AS avg_device_trust,
          sum(amount_usd) AS total_declined_value, count(DISTINCT merchant_id) AS affected_merchants,
          avg(composite_risk_score) AS avg_composite_risk,
          CASE WHEN round(avg(fraud_score), 4) < 0.3 AND round(avg(device_trust_score), 4) > 0.6 THEN 'HIGH'
            WHEN round(avg(fraud_score), 4) < 0.5 AND round(avg(device_trust_score), 4) > 0.4 THEN 'MEDIUM'
            ELSE 'LOW' END AS recovery_potential
        FROM silver WHERE NOT is_approved GROUP BY 1, 2, 3, 4, 5""",
    "v_risk_signals": """
        SELECT merchant_segment, issuer_country,
          CASE WHEN fraud_score > 0.75 THEN 'high' WHEN fraud_score > 0.35 THEN 'medium' ELSE 'low' END AS risk_tier,
          count(*) AS transaction_count, avg(fraud_score) AS avg_fraud_score, avg(aml_risk_score) AS avg_aml_score,
          avg(0.5 * fraud_score + 0.3 * aml_risk_score + 0.2 * (1 - device_trust_score)) AS avg_composite_risk,
          sum(is_approved::INT) AS approved_count, sum(amount_usd) AS total_value,
          pct(sum(is_approved::INT), count(*)) AS approval_rate_pct
        FROM silver GROUP BY 1, 2, 3""",
    "v_routing_performance": """
        SELECT payment_solution, card_network, count(*) AS transaction_count,
          pct(sum(is_approved::INT), count(*)) AS approval_rate_pct, avg(processing_time_ms) AS avg_latency_ms,
          avg(fraud_score) AS avg_fraud_score, sum(amount_usd) AS total_value
        FROM silver GROUP BY 1, 2""",
    "v_smart_checkout_service_path_br": f"""
        SELECT service_path, count(*) AS transaction_count, sum(is_approved::INT) AS approved_count,
          pct(sum(is_approved::INT), count(*)) AS approval_rate_pct, avg(fraud_score) AS avg_fraud_score,
          sum(amount_usd) AS total_value,
          sum((NOT is_approved AND antifraud_result = 'fail')::INT) AS antifraud_declines,
          pct(sum((NOT is_approved AND antifraud_result = 'fail')::INT), nullif(sum((NOT is_approved)::INT), 0))
            AS antifraud_pct_of_declines
        FROM silver WHERE geo_country = 'BR' AND {_LINK} GROUP BY 1""",
    "v_smart_checkout_path_performance_br": f"""
        SELECT CASE WHEN fraud_score > 0.75 THEN '3ds_challenge' WHEN has_passkey THEN 'passkey'
            WHEN is_network_token THEN 'network_token' WHEN three_ds_routed THEN '3ds_frictionless'
            ELSE 'standard' END AS recommended_path,
          count(*) AS transaction_count, sum(is_approved::INT) AS approved_count,
          pct(sum(is_approved::INT), count(*)) AS approval_rate_pct, sum(amount_usd) AS total_value
        FROM silver WHERE geo_country = 'BR' AND {_LINK} GROUP BY 1""",
    "v_3ds_funnel_br": f"""
        WITH steps AS (
          SELECT event_date, three_ds_routed::INT AS routed, (three_ds_routed AND three_ds_friction)::INT AS friction,
            (three_ds_routed AND three_ds_authenticated)::INT AS auth,
            (three_ds_routed AND three_ds_authenticated AND is_approved)::INT AS approved
          FROM silver WHERE geo_country = 'BR' AND {_LINK})
        SELECT event_date, count(*) AS total_transactions, sum(routed) AS three_ds_routed_count,
          sum(friction) AS three_ds_friction_count, sum(auth) AS three_ds_authenticated_count,
          sum(approved) AS issuer_approved_after_auth_count,
          pct(sum(friction), nullif(sum(routed), 0)) AS three_ds_friction_rate_pct,
          pct(sum(auth), nullif(sum(routed), 0)) AS three_ds_authentication_rate_pct,
          pct(sum(approved), nullif(sum(auth), 0)) AS issuer_approval_post_auth_rate_pct
        FROM steps GROUP BY 1""",
    "v_reason_codes_br": f"""
        SELECT entry_system, flow_type, decline_reason_standard, decline_reason_group, recommended_action,
          count(*) AS decline_count, sum(amount_usd) AS total_declined_value, avg(amount_usd) AS avg_amount,
          count(DISTINCT merchant_id) AS affected_merchants, pct(count(*), sum(count(*)) OVER ()) AS pct_of_declines
        FROM {_VISIBLE} WHERE rank = 1 AND geo_country = 'BR' AND NOT is_approved GROUP BY 1, 2, 3, 4, 5""",
    "merchant_visible_attempts_silver": f"""
        SELECT transaction_id, canonical_transaction_key, merchant_id, merchant_name, event_date, entry_system, amount,
          is_approved, decline_reason_standard, attempt_sequence
        FROM {_VISIBLE} WHERE rank = 1""",
    "v_entry_system_distribution_br": """
        SELECT entry_system, count(*) AS transaction_count, sum(is_approved::INT) AS approved_count,
          pct(sum(is_approved::INT), count(*)) AS approval_rate_pct, sum(amount_usd) AS total_value
        FROM silver WHERE geo_country = 'BR' GROUP BY 1""",
    "v_dedup_collision_stats": """
        WITH keys AS (
          SELECT count(*) AS n, count(DISTINCT entry_system) AS systems, count(DISTINCT transaction_id) AS ids
          FROM silver GROUP BY canonical_transaction_key HAVING count(*) > 1)
        SELECT count(*) AS colliding_keys, round(avg(n), 2) AS avg_rows_per_key,
          round(avg(systems), 2) AS avg_entry_systems_per_key, round(avg(ids), 2) AS avg_transaction_ids_per_key
        FROM keys""",
    "v_silver_processed_hourly": """
        SELECT date_trunc('hour', _processed_at) AS hour, count(*) AS silver_record_count FROM silver GROUP BY 1""",
    "v_silver_processed_by_second": """
        SELECT date_trunc('second', _processed_at) AS event_second, count(*) AS silver_record_count
        FROM silver WHERE _processed_at > (SELECT max(_processed_at) FROM silver) - INTERVAL 1 HOUR GROUP BY 1""",
    "v_streaming_ingestion_hourly": """
        SELECT date_trunc('hour', _ingested_at) AS hour, count(*) AS bronze_record_count FROM bronze GROUP BY 1""",
    "v_streaming_ingestion_by_second": """
        SELECT date_trunc('second', _ingested_at) AS event_second, count(*) AS bronze_record_count
        FROM bronze WHERE _ingested_at > (SELECT max(_ingested_at) FROM bronze) - INTERVAL 1 HOUR GROUP BY 1""",
    "v_data_quality_summary": """
        SELECT (SELECT count(*) FROM bronze) AS bronze_last_24h, (SELECT count(*) FROM silver) AS silver_last_24h,
          pct((SELECT count(*) FROM silver), (SELECT count(*) FROM bronze)) AS retention_pct_24h,
          (SELECT max(_ingested_at) FROM bronze) AS latest_bronze_ingestion,
          (SELECT max(event_timestamp) FROM silver) AS latest_silver_event""",
}
"""View -> the same rows from silver and bronze. Columns that are missing here are compared elsewhere."""

METRICS = {
    "payment_metrics": (
        "`Merchant Segment`, `Card Network`, `Issuer Country`, `Event Date`, `Decline Reason`",
        """SELECT merchant_segment, card_network, issuer_country, event_date, decline_reason,
          count(*) AS "Total Transactions", sum(is_approved::INT) AS "Approved Count",
          sum((NOT is_approved)::INT) AS "Declined Count", pct(sum(is_approved::INT), count(*)) AS "Approval Rate Pct",
          sum(amount_usd) AS "Total Amount", coalesce(sum(amount_usd) FILTER (is_approved), 0) AS "Approved Value",
          coalesce(sum(amount_usd) FILTER (NOT is_approved), 0) AS "Declined Value",
          avg(fraud_score) AS "Avg Fraud Score", count(DISTINCT merchant_id) AS "Unique Merchants"
        FROM silver GROUP BY 1, 2, 3, 4, 5""",
    ),
    "decline_metrics": (
        "`Decline Reason`, `Merchant Segment`, `Card Network`",
        """SELECT decline_reason, merchant_segment, card_network, count(*) AS "Decline Count",
          sum(amount_usd) AS "Total Declined Value", avg(fraud_score) AS "Avg Fraud Score",
          avg(amount_usd) AS "Avg Amount", count(DISTINCT merchant_id) AS "Affected Merchants"
        FROM silver WHERE NOT is_approved GROUP BY 1, 2, 3""",
    ),
    "merchant_metrics": (
        "`Merchant Segment`",
        """SELECT merchant_segment, count(*) AS "Transaction Count", sum(is_approved::INT) AS "Approved Count",
          pct(sum(is_approved::INT), count(*)) AS "Approval Rate Pct",
          count(DISTINCT merchant_id) AS "Unique Merchants", sum(amount_usd) AS "Total Value",
          avg(fraud_score) AS "Avg Fraud Score", pct(sum(uses_3ds::INT), count(*)) AS "Auth 3DS Usage Pct"
        FROM silver GROUP BY 1""",
    ),
}
"""Metric view -> its dimensions, and the rows by all of them."""
