"""Silver: each usable event once, typed and enriched; what cannot be used, with its reason; and tables made of silver.

Every stream reads only what is new. The state of the de-duplication holds the ids of all days, without a watermark,
which would drop events that come late.
"""

from payments import names, schema, silver, taxonomy
from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql.functions import broadcast, col, row_number

spark = SparkSession.active()
LANDING = spark.conf.get("payments.landing_path")
STATISTICS = {"delta.dataSkippingStatsColumns": "event_date,event_timestamp,_ingested_at,_processed_at,transaction_id"}
STATISTICS_OF_DECISIONS = {"delta.dataSkippingStatsColumns": "event_date,decision_timestamp,transaction_id"}


@dp.table(
    name=names.SILVER_TABLE,
    comment="Payment events: typed, checked, each transaction_id once, enriched by merchant and decline taxonomy",
    schema=schema.ddl(schema.SILVER_FIELDS),
    cluster_by=["event_date"],
    table_properties=STATISTICS,
)
@dp.expect_or_drop("valid_transaction_id", "transaction_id IS NOT NULL")
@dp.expect_or_drop("valid_amount", "amount > 0")
@dp.expect_or_fail("valid_merchant", "merchant_id IS NOT NULL")
@dp.expect("valid_entry_system", "entry_system IN ('PD', 'WS', 'SEP', 'CHECKOUT')")
@dp.expect("has_response_code", "decline_code_raw IS NOT NULL OR is_approved")
@dp.expect("has_geo_country", "geo_country IS NOT NULL")
def payments_enriched_silver() -> DataFrame:
    """The usable records of bronze, the first arrival of each event, with its merchant and derived columns."""
    usable = spark.readStream.table(names.BRONZE_TABLE).where("_problem IS NULL")
    events = usable.select(*schema.names(schema.EVENT_FIELDS), "_ingested_at", "_source_file")
    merchants = spark.read.table(names.MERCHANTS_TABLE).select(
        "merchant_id", "merchant_name", "merchant_country", "merchant_risk_tier"
    )
    enriched = events.dropDuplicates(["transaction_id"]).join(broadcast(merchants), "merchant_id", "left")
    return enriched.selectExpr(*silver.silver_columns())


@dp.table(
    name=names.QUARANTINE_TABLE,
    comment="Records that cannot be used, one row for each arrival, with the reason and the text that arrived",
    schema=schema.ddl(schema.QUARANTINE_FIELDS),
)
def payments_quarantine() -> DataFrame:
    """The records of bronze that have a problem."""
    record = ", ".join(schema.names(schema.EVENT_FIELDS))
    return (
        spark.readStream.table(names.BRONZE_TABLE)
        .where("_problem IS NOT NULL")
        .selectExpr(
            "_problem AS reason",
            f"coalesce(_raw, to_json(struct({record}))) AS raw_record",
            "transaction_id",
            "event_date",
            "_source_file AS source_file",
            "_ingested_at AS ingested_at",
        )
    )


@dp.table(
    name=names.DECISION_LOG_TABLE,
    comment="The decision behind each event: what was known, what was chosen, and with which probability",
    schema=schema.ddl(schema.DECISION_LOG_FIELDS),
    cluster_by=["event_date"],
    table_properties=STATISTICS_OF_DECISIONS,
)
def decision_log_silver() -> DataFrame:
    """One row for each event."""
    return spark.readStream.table(names.SILVER_TABLE).selectExpr(*silver.decision_log_columns())


@dp.table(
    name=names.SMART_CHECKOUT_TABLE,
    comment="The checkout path that risk and means of each payment call for, with the reason in words",
    schema=schema.ddl(schema.SMART_CHECKOUT_FIELDS),
    cluster_by=["event_date"],
    table_properties=STATISTICS_OF_DECISIONS,
)
def smart_checkout_decisions_silver() -> DataFrame:
    """One row for each event."""
    return spark.readStream.table(names.SILVER_TABLE).selectExpr(*silver.checkout_columns())


@dp.materialized_view(
    name=names.TAXONOMY_TABLE,
    comment="Standard decline reasons: group, how much can be done, and what to do",
    schema=schema.ddl(schema.TAXONOMY_FIELDS),
)
def reason_code_taxonomy_silver() -> DataFrame:
    """The taxonomy of the domain code as a table."""
    rows = [
        (r.name, r.group, r.actionability, r.default_action, r.recoverable_share) for r in taxonomy.STANDARD_REASONS
    ]
    columns = schema.names(schema.TAXONOMY_FIELDS)
    return spark.createDataFrame(rows, columns[:-1]).selectExpr("*", f"current_timestamp() AS {columns[-1]}")


@dp.materialized_view(
    name=names.FEEDBACK_TABLE,
    comment="Verdicts of reviewers on insights, the newest one for each insight",
    schema=schema.ddl(schema.FEEDBACK_FIELDS),
)
def insight_feedback_silver() -> DataFrame:
    """The feedback files, the newest verdict of an insight winning."""
    verdicts = spark.read.schema(schema.ddl(schema.FEEDBACK_FIELDS, strict=False)).json(f"{LANDING}/{names.FEEDBACK}")
    newest = Window.partitionBy("insight_id").orderBy(col("reviewed_at").desc(), col("verdict"))
    ranked = verdicts.where("insight_id IS NOT NULL").select("*", row_number().over(newest).alias("_rank"))
    return ranked.where("_rank = 1").select(*schema.names(schema.FEEDBACK_FIELDS))
