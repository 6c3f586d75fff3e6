# Databricks notebook source
# MAGIC %md
# MAGIC # Continuous stream processor
# MAGIC Keeps `payments_realtime_metrics` up to date within seconds: the payments of each minute by merchant segment and
# MAGIC payment solution, the running minute included. Reads the files under `stream/` of the volume `raw_data`, each
# MAGIC event once. Ends after `max_minutes`, and continues where it ended: nothing is lost or counted twice by a stop,
# MAGIC a cancel or a crash. The checkpoint belongs to the table; drop both, or neither.

# COMMAND ----------

# ruff: noqa: E402
import sys

from databricks.sdk.runtime import dbutils, spark

dbutils.widgets.text("code_path", "", "Folder that holds the package `payments`")
sys.path.insert(0, dbutils.widgets.get("code_path"))

# COMMAND ----------

dbutils.widgets.text("catalog", "ahs_demos_catalog", "Catalog")
dbutils.widgets.text("schema", "payment_analysis", "Schema")
dbutils.widgets.text("checkpoint_location", "", "Folder of a volume; empty: checkpoints/stream_processor of the schema")
dbutils.widgets.text("trigger_interval", "250 milliseconds", "Time between batches; availableNow: what is there, once")
dbutils.widgets.text("max_minutes", "60", "Minutes until it ends")

# COMMAND ----------

from payments import files, names, running, schema

where = (dbutils.widgets.get("catalog"), dbutils.widgets.get("schema"))
landing = f"{files.volume_path(*where, names.RAW_DATA)}/{names.STREAM}"
usual = f"{files.volume_path(*where, names.CHECKPOINTS)}/{names.STREAM_CHECKPOINT}"
checkpoint = dbutils.widgets.get("checkpoint_location") or usual
interval = dbutils.widgets.get("trigger_interval")
trigger = {"availableNow": True} if interval == "availableNow" else {"processingTime": interval}
seconds = 60 * float(dbutils.widgets.get("max_minutes"))

spark.sql(f"USE {where[0]}.{where[1]}")
spark.sql(running.create(names.RUNNING_TABLE))
if not (files.local(checkpoint) / "metadata").exists() and spark.table(names.RUNNING_TABLE).limit(1).count():
    raise RuntimeError(
        f"{names.RUNNING_TABLE} has rows, but there is no checkpoint in {checkpoint}: every event would be counted "
        "again. Give the checkpoint that belongs to the table, or drop the table."
    )

# COMMAND ----------

# Text, and no module: the function runs in a process that has the package `payments` nowhere.
GROUPS, FIGURES = running.GROUPS, running.FIGURES
MERGE = running.merge(names.RUNNING_TABLE, "figures_of_batch")


def add(batch, batch_id: int) -> None:
    """Adds a batch of events to the figures of their minutes, in one commit; a second time it changes nothing."""
    from pyspark.sql.functions import expr, lit

    # One action on the batch, and few rows: the de-duplication before it runs once, and MERGE reads its source twice.
    figures = batch.groupBy(*map(expr, GROUPS)).agg(*map(expr, FIGURES)).toArrow()
    if not figures.num_rows:
        return
    made = batch.sparkSession.createDataFrame(figures).withColumn("batch_id", lit(batch_id).cast("bigint"))
    made.createOrReplaceTempView("figures_of_batch")
    hours = sorted(set(zip(figures["event_date"].to_pylist(), figures["event_hour"].to_pylist(), strict=True)))
    condition = " OR ".join(f"t.event_date = DATE'{day}' AND t.event_hour = {hour}" for day, hour in hours)
    batch.sparkSession.sql(MERGE.format(hours=condition))


# COMMAND ----------

import time

from pyspark.errors import PySparkException

PROGRESS_SECONDS, STARTS = 5, 5


def start(writer):
    """Starts the query. Spark gives the process of `add` ten seconds to report, few for a machine under load.

    If it is late no query has begun, so it is safe to start again.
    """
    for left in reversed(range(STARTS)):
        try:
            return writer.start()
        except PySparkException as error:
            if not left or "failed to connect back" not in str(error):
                raise
            print(f"The process of the stream was late; {left} more starts", flush=True)


reader = spark.readStream.format("parquet").schema(schema.ddl(schema.EVENT_FIELDS, strict=False))
events = (
    reader.option("recursiveFileLookup", "true")
    .option("maxFileAge", "36500d")
    .option("pathGlobFilter", "*.parquet")
    .load(landing)
    .where(running.USABLE)
    .selectExpr(*running.EVENT_COLUMNS)
    .withWatermark("event_timestamp", running.WATERMARK)
    .dropDuplicatesWithinWatermark(["transaction_id"])
)
writer = events.writeStream.foreachBatch(add).option("checkpointLocation", checkpoint).trigger(**trigger)
began = time.monotonic()
query = start(writer.queryName("continuous_stream_processor"))
print(f"Reading {landing} for {seconds:.0f} s, checkpoint {checkpoint}", flush=True)
try:
    while (left := began + seconds - time.monotonic()) > 0 and not query.awaitTermination(min(PROGRESS_SECONDS, left)):
        batch = query.lastProgress
        if batch:
            print(
                f"batch {batch.batchId}: {batch.numInputRows} events in {batch.batchDuration} ms, {left:.0f} s to go",
                flush=True,
            )
finally:
    query.stop()

# COMMAND ----------

import json

last = query.lastProgress
dbutils.notebook.exit(json.dumps({"last_batch": last.batchId if last else None, "checkpoint": checkpoint}))
