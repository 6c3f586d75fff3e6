# Databricks notebook source
# MAGIC %md
# MAGIC # Pace transaction events
# MAGIC Writes payment events as they happen: a parquet file a second under `stream/` of the volume `raw_data`, at a
# MAGIC set rate, for a set time. Running it again continues with new events; ending it early loses nothing that was
# MAGIC written. One run at a time may write there.

# COMMAND ----------

# ruff: noqa: E402
import sys

from databricks.sdk.runtime import dbutils

dbutils.widgets.text("code_path", "", "Folder that holds the package `payments`")
sys.path.insert(0, dbutils.widgets.get("code_path"))

# COMMAND ----------

dbutils.widgets.text("catalog", "ahs_demos_catalog", "Catalog")
dbutils.widgets.text("schema", "payment_analysis", "Schema")
dbutils.widgets.text("events_per_second", "50", "Events a second")
dbutils.widgets.text("seconds", "60", "Seconds")
dbutils.widgets.text("seed", "42", "Seed of the simulator")

# COMMAND ----------

from payments import files, names

rate = int(dbutils.widgets.get("events_per_second"))
seconds = int(dbutils.widgets.get("seconds"))
seed = int(dbutils.widgets.get("seed"))
volume = files.volume_path(dbutils.widgets.get("catalog"), dbutils.widgets.get("schema"), names.RAW_DATA)
print(f"Pacing {rate} events a second for {seconds} s into {volume}/{names.STREAM}", flush=True)

# COMMAND ----------

from payments.simulator.paced import pace

PROGRESS_SECONDS = 5
events, latest, first, last = 0, 0.0, None, None
for done in pace(files.local(volume), rate, seconds, seed):
    events += done.events
    latest = max(latest, done.behind)
    first, last = first or done.second, done.second
    count = last - first + 1
    if count % PROGRESS_SECONDS == 0 or count == seconds:
        print(
            f"{events} events in {count} of {seconds} s, {events / count:.0f} a second, "
            f"{max(0.0, done.behind):.2f} s behind",
            flush=True,
        )

# COMMAND ----------

import json

result = {
    "events": events,
    "seconds": count,
    "first_second": first,
    "last_second": last,
    "most_behind": round(latest, 3),
}
dbutils.notebook.exit(json.dumps(result))
