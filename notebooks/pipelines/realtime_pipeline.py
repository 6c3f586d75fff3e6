"""Real time: the paced stream of payments, its metrics by the minute, and alerts.

Configuration: `payments.landing_path` is the volume raw_data; `payments.source_format` is `cloudFiles` or `files`.
"""

from payments import alerts, names, schema, silver, stream
from pyspark import pipelines as dp
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr, window

spark = SparkSession.active()
LANDING = spark.conf.get("payments.landing_path")
AUTO_LOADER = spark.conf.get("payments.source_format") == "cloudFiles"


@dp.table(
    name=names.STREAM_BRONZE_TABLE,
    comment="Events of the paced stream as they arrived",
    schema=schema.ddl(stream.STREAM_BRONZE_FIELDS, strict=False),
)
def payments_stream_bronze() -> DataFrame:
    """The files under stream/, from the first one on: nothing that was written before the first start is lost."""
    reader = spark.readStream.schema(schema.ddl(schema.EVENT_FIELDS, strict=False))
    if AUTO_LOADER:
        reader = reader.format("cloudFiles").option("cloudFiles.format", "parquet")
    else:
        reader = reader.format("parquet").option("recursiveFileLookup", "true").option("maxFileAge", "36500d")
    files = reader.option("pathGlobFilter", "*.parquet").load(f"{LANDING}/{names.STREAM}")
    return files.selectExpr(
        *schema.names(schema.EVENT_FIELDS),
        "substring(_metadata.file_path, locate('/Volumes/', _metadata.file_path)) AS _source_file",
        "current_timestamp() AS _ingested_at",
    )


@dp.table(
    name=names.STREAM_SILVER_TABLE,
    comment="Events of the paced stream, each transaction_id once within an hour",
    schema=schema.ddl(stream.STREAM_SILVER_FIELDS),
)
@dp.expect_or_drop("valid_transaction_id", "transaction_id IS NOT NULL")
@dp.expect_or_drop("valid_amount", "amount > 0")
def payments_stream_silver() -> DataFrame:
    """Checked and typed. The stream is about now: an event more than an hour late belongs to the daily path."""
    usable = spark.readStream.table(names.STREAM_BRONZE_TABLE).where(f"{silver.problem()} IS NULL")
    once = usable.withWatermark("event_timestamp", "1 hour").dropDuplicatesWithinWatermark(["transaction_id"])
    made = silver.derived() | {"event_minute": "date_trunc('MINUTE', event_timestamp)"}
    columns = schema.names(stream.STREAM_SILVER_FIELDS)
    return once.selectExpr(*(f"{made[c]} AS `{c}`" if c in made else f"`{c}`" for c in columns))


@dp.table(
    name=names.STREAM_METRICS_TABLE,
    comment="Payments of each minute by merchant segment, payment solution and card network",
    schema=schema.ddl(stream.METRICS_FIELDS),
)
def payments_stream_metrics_1min() -> DataFrame:
    """A minute is written once it is over and two minutes have passed for late events."""
    payments = spark.readStream.table(names.STREAM_SILVER_TABLE).withWatermark("event_timestamp", "2 minutes")
    minute = window("event_timestamp", "1 minute").alias("minute")
    metrics = payments.groupBy(minute, "merchant_segment", "payment_solution", "card_network").agg(
        expr("count(*) AS transaction_count"),
        expr("count_if(is_approved) AS approved_count"),
        expr("avg(amount_usd) AS avg_amount"),
        expr("sum(amount_usd) AS total_amount"),
        expr("avg(fraud_score) AS avg_fraud_score"),
        expr("avg(processing_time_ms) AS avg_latency_ms"),
        expr("stddev_samp(fraud_score) AS fraud_score_stddev"),
        expr("stddev_samp(processing_time_ms) AS latency_stddev_ms"),
        expr("approx_count_distinct(merchant_id) AS unique_merchants"),
    )
    made = {
        "window_start": "minute.start",
        "window_end": "minute.end",
        "declined_count": "transaction_count - approved_count",
        "approval_rate_pct": "round(100.0D * approved_count / transaction_count, 2)",
    }
    return metrics.selectExpr(*(f"{made.get(c, c)} AS {c}" for c in schema.names(stream.METRICS_FIELDS)))


@dp.table(
    name=names.STREAM_ALERTS_TABLE,
    comment="Minutes in which approval, fraud or latency left their bounds by more than chance explains",
    schema=schema.ddl(stream.ALERT_FIELDS),
)
def payments_stream_alerts() -> DataFrame:
    """One row for each cell and minute that is worth a look; what is usual is read anew for each batch."""
    minutes = spark.readStream.table(names.STREAM_METRICS_TABLE).withColumn("event_hour", expr("hour(window_start)"))
    compared = _with_usual(minutes)
    for columns in (alerts.EXPECTED, alerts.DISTANCES):
        compared = compared.selectExpr("*", *(f"{made} AS {name}" for name, made in columns.items()))
    columns = schema.names(stream.ALERT_FIELDS)
    return compared.where(alerts.IS_ALERT).selectExpr(*(f"{alerts.ALERT_COLUMNS.get(c, c)} AS {c}" for c in columns))


def _is_ready(table: str) -> bool:
    """Whether a gold table is there, in the form that step 3 gives it now."""
    return spark.catalog.tableExists(table) and alerts.READ_COLUMNS <= set(spark.table(table).columns)


def _with_usual(minutes: DataFrame) -> DataFrame:
    """The columns that `alerts.EXPECTED` reads, NULL where gold has nothing or is not ready when the update starts."""
    if not all(map(_is_ready, alerts.HISTORY_TABLES)):
        return minutes.selectExpr("*", *(f"CAST(NULL AS DOUBLE) AS {column}" for column in alerts.USUAL_COLUMNS))
    for source in alerts.USUAL:
        days = spark.read.table(source.table)
        newest = days.agg(expr("max(event_date) AS newest_date"))
        recent = days.crossJoin(newest).where(f"event_date > date_sub(newest_date, {alerts.HISTORY_DAYS})")
        figures = [expr(f"{made} AS {name}") for name, made in source.figures.items()]
        usual = recent.groupBy(*source.keys).agg(*figures)
        minutes = minutes.join(usual, list(source.keys), "left")
    return minutes
