"""Names that are facts of the product: volumes, landing folders, pipelines and the tables that pipelines own."""

from __future__ import annotations

SCHEMA_COMMENT = "Payment events, and why payments are declined"
"""Comment of the schema. A schema with another comment was there before us: the teardown leaves it."""

RAW_DATA = "raw_data"
CHECKPOINTS = "checkpoints"
SIMULATOR_TRUTH = "simulator_truth"
"""What the simulator knows and no event says. Models, agents and reports never read it; it is there to score them."""
REPORTS = "reports"
"""Exported dashboards: a folder for each business date, an HTML file for each dashboard."""
VOLUMES = (RAW_DATA, CHECKPOINTS, "ml_artifacts", REPORTS, SIMULATOR_TRUTH)

DAILY = "daily"
"""Parquet files of the simulator, a folder for each business date."""
INBOX = "inbox"
"""Files that people drop: JSON lines or parquet."""
MERCHANTS = "merchants"
"""Merchant records (parquet), the newest record of a merchant counts."""
FEEDBACK = "feedback"
"""Verdicts of reviewers on insights (JSON lines)."""
STREAM = "stream"
"""Files of the paced stream (parquet), for the real-time pipeline."""
MANIFESTS = "manifests"
"""One JSON file for each business date: what the simulator landed. No pipeline reads it."""
DIMENSIONS = "dimensions"
"""Issuers, cards and routes of the simulator (parquet). No pipeline reads them."""
LANDING_FOLDERS = (DAILY, INBOX, MERCHANTS, FEEDBACK, STREAM)
"""Folders under raw_data that the pipelines read: each must exist before the first update, empty or not."""

TRUTH_EVENTS = "events"
"""Folder of SIMULATOR_TRUTH: a parquet file for each business date, a row for each event."""
TRUTH_CALENDAR = "calendar"
"""Folder of SIMULATOR_TRUTH: a JSON file for each business date, with its incidents and decoys."""

ETL_PIPELINE = "payment_analysis_etl"
REALTIME_PIPELINE = "payment_realtime_pipeline"

FILES_TABLE = "landing_files_bronze"
BRONZE_TABLE = "payments_raw_bronze"
MERCHANTS_TABLE = "merchants_dim_bronze"
SILVER_TABLE = "payments_enriched_silver"
QUARANTINE_TABLE = "payments_quarantine"
TAXONOMY_TABLE = "reason_code_taxonomy_silver"
FEEDBACK_TABLE = "insight_feedback_silver"
DECISION_LOG_TABLE = "decision_log_silver"
SMART_CHECKOUT_TABLE = "smart_checkout_decisions_silver"
STREAM_BRONZE_TABLE = "payments_stream_bronze"
STREAM_SILVER_TABLE = "payments_stream_silver"
STREAM_METRICS_TABLE = "payments_stream_metrics_1min"
STREAM_ALERTS_TABLE = "payments_stream_alerts"
RUNNING_TABLE = "payments_realtime_events"
RUNNING_VIEW = "payments_realtime_metrics"
"""Both are owned by the notebook continuous_stream_processor, as is its checkpoint."""
STREAM_CHECKPOINT = "stream_processor"
"""Folder of CHECKPOINTS."""

DASHBOARDS = {
    "executive_overview": "Executive Overview",
    "decline_analysis": "Decline Analysis & Recovery",
    "realtime_monitoring": "Real-Time Payment Monitoring",
    "fraud_risk_analysis": "Fraud & Risk Analysis",
    "merchant_performance": "Merchant Performance & Segmentation",
    "routing_optimization": "Smart Routing & Optimization",
    "daily_trends": "Daily Trends & Historical Analysis",
    "authentication_security": "3DS Authentication & Security",
    "financial_impact": "Financial Impact & ROI Analysis",
    "performance_latency": "Technical Performance & Latency",
    "streaming_data_quality": "Streaming & Data Quality",
    "global_coverage": "Global Coverage - World Map by Country",
}
"""Display names of the dashboards, by the name of their file. One that is not here is shown by its file's name."""
