# Databricks notebook source
# MAGIC %md
# MAGIC # Simulate transaction events
# MAGIC Lands the payment events of a business date, and of the days before it that have none yet, in the volume
# MAGIC `raw_data`: parquet files under `daily/<date>` and a manifest under `manifests/`. Running it again for the same
# MAGIC date and settings changes nothing; a day that has events keeps them. What the simulator knows beyond the events
# MAGIC goes to the volume `simulator_truth`, which models and agents never read.

# COMMAND ----------

# ruff: noqa: E402
import sys

from databricks.sdk.runtime import dbutils

dbutils.widgets.text("code_path", "", "Folder that holds the package `payments`")
sys.path.insert(0, dbutils.widgets.get("code_path"))

# COMMAND ----------

dbutils.widgets.text("catalog", "ahs_demos_catalog", "Catalog")
dbutils.widgets.text("schema", "payment_analysis", "Schema")
dbutils.widgets.text("business_date", "", "Business date (YYYY-MM-DD, UTC)")
dbutils.widgets.text("events_per_day", "20000", "Events for each day")
dbutils.widgets.text("history_days", "14", "Days before it to generate where no events exist yet")
dbutils.widgets.text("seed", "42", "Seed of the simulator")
dbutils.widgets.dropdown("seasonal", "false", ["false", "true"], "Whether the calendar sets the size of a day")

# COMMAND ----------

from payments import files, names
from payments.dates import parse_date
from payments.simulator import Settings, land_days, prepare_folders

business_date = parse_date(dbutils.widgets.get("business_date"))
history_days = int(dbutils.widgets.get("history_days"))
settings = Settings(
    events_per_day=int(dbutils.widgets.get("events_per_day")),
    seed=int(dbutils.widgets.get("seed")),
    seasonal=dbutils.widgets.get("seasonal") == "true",
)
schema = (dbutils.widgets.get("catalog"), dbutils.widgets.get("schema"))
volume = files.volume_path(*schema, names.RAW_DATA)
root, truth_root = files.local(volume), files.local(files.volume_path(*schema, names.SIMULATOR_TRUTH))
print(
    f"Landing {settings.events_per_day} events a day for {business_date}, {history_days} days of history, in {volume}"
)

# COMMAND ----------

import time

prepare_folders(root, business_date)
landed = []
started = time.monotonic()
for done in land_days(root, business_date, history_days, settings, truth_root):
    landed.append(done)
    percent = 100 * (1 + history_days - (business_date - done.day).days) // (1 + history_days)
    rows = sum(day.manifest["rows"] for day in landed)
    print(
        f"{done.day} {done.status}: {done.manifest['rows']} rows in {len(done.manifest['files'])} files; "
        f"{rows} rows so far, {percent} %, {time.monotonic() - started:.1f} s",
        flush=True,
    )

# COMMAND ----------

import json

today = landed[-1]
dbutils.notebook.exit(
    json.dumps(
        {
            "business_date": str(business_date),
            "status": today.status,
            "rows": today.manifest["rows"],
            "events": today.manifest["events"],
            "duplicates": today.manifest["duplicates"],
            "malformed": today.manifest["malformed"],
            "ids_crc32_sum": today.manifest["ids_crc32_sum"],
            "files": [f"{volume}/{file['path']}" for file in today.manifest["files"]],
            "manifest": f"{volume}/{names.MANIFESTS}/{business_date}.json",
            "days_written": [str(day.day) for day in landed if day.status == "written"],
            "rows_written": sum(day.manifest["rows"] for day in landed if day.status == "written"),
        }
    )
)
