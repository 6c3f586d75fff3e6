"""The sensor: a missing table is waited for, every landed id has to be in silver or in quarantine."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq

from include.databricks_tasks.silver_sensor import SilverSensor, SilverWatch

DAY = "2026-11-02"


def test_waits_until_silver_and_quarantine_hold_everything_that_was_landed(workspace, schema):
    client = workspace.client
    watch = SilverWatch("test_catalog", schema, DAY, workspace.warehouse_id)
    assert "payments_enriched_silver does not exist yet" in watch.look(client).lines[0]
    assert watch.look(client).lines == (), "the same line is said once"

    workspace.sql("CREATE TABLE payments_enriched_silver (transaction_id STRING)", schema)
    workspace.sql("CREATE TABLE payments_quarantine (transaction_id STRING, source_file STRING)", schema)
    assert "nothing was landed" in watch.look(client).lines[0]

    workspace.sql(f"CREATE VOLUME test_catalog.{schema}.raw_data")
    raw = f"/Volumes/test_catalog/{schema}/raw_data"
    _land(client, raw, ["a", "b"], malformed=1)
    look = watch.look(client)
    assert (look.done, look.lines) == (False, (f"2 of 2 events of {DAY} are not in silver yet",))

    workspace.sql("INSERT INTO payments_enriched_silver VALUES ('a'), ('b'), ('of another day')", schema)
    assert "0 of 1 malformed records" in watch.look(client).lines[0]

    workspace.sql(f"INSERT INTO payments_quarantine VALUES (NULL, '{raw}/daily/{DAY}/malformed.jsonl')", schema)
    look = watch.look(client)
    assert (look.done, look.error, look.result) == (True, "", {"events": 2, "malformed": 1})


def test_the_sensor_ends_when_its_watch_does(workspace, task, schema):
    workspace.sql("CREATE TABLE payments_enriched_silver (transaction_id STRING)", schema)
    workspace.sql("CREATE TABLE payments_quarantine (transaction_id STRING, source_file STRING)", schema)
    sensor = SilverSensor(
        task_id="wait",
        catalog="test_catalog",
        schema=schema,
        business_date=DAY,
        warehouse_id=workspace.warehouse_id,
    )

    assert task.run(sensor) == {}


def _land(client, raw: str, ids: list[str], malformed: int) -> None:
    content = io.BytesIO()
    pq.write_table(pa.table({"transaction_id": ids}), content)
    content.seek(0)
    client.files.upload(f"{raw}/daily/{DAY}/events.parquet", content, overwrite=True)
    manifest = json.dumps({"events": len(ids), "malformed": malformed}).encode()
    client.files.upload(f"{raw}/manifests/{DAY}.json", io.BytesIO(manifest), overwrite=True)
