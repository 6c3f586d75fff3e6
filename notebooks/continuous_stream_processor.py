# Databricks notebook source
# MAGIC %md
# MAGIC # Continuous stream processor
# MAGIC Keeps `payments_realtime_metrics` up to date within seconds: the payments of each minute by merchant segment and
# MAGIC payment solution, the running minute included, a view on `payments_realtime_events`. Reads the files under
# MAGIC `stream/` of the volume `raw_data`, each event once. Ends after `max_minutes`, and continues where it ended:
# MAGIC nothing is lost or counted twice by a stop, a cancel or a crash. The checkpoint belongs to the table; drop both,
# MAGIC or neither.

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
# A batch is small: one task of it, and one file, are the fastest. The checkpoint keeps the number.
spark.conf.set("spark.sql.shuffle.partitions", "1")
for statement in running.create():
    spark.sql(statement)
[[newest]] = spark.table(names.RUNNING_TABLE).selectExpr("max(least(event_date, current_date()))").collect()
if newest and not (files.local(checkpoint) / "metadata").exists():
    raise RuntimeError(
        f"{names.RUNNING_TABLE} has rows, but there is no checkpoint in {checkpoint}: every event would be counted "
        "again. Give the checkpoint that belongs to the table, or drop the table."
    )
for statement in running.tidy(newest) if newest else ():
    spark.sql(statement)

# COMMAND ----------

import time

PROGRESS_SECONDS = 5
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
writer = events.writeStream.format("delta").outputMode("append").option("checkpointLocation", checkpoint)
began = time.monotonic()
query = writer.trigger(**trigger).queryName("continuous_stream_processor").toTable(names.RUNNING_TABLE)
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
