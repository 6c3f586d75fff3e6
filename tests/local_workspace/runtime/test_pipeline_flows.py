"""Kinds of flows: several into one table, a batch once, change feeds, sinks, continuous; and what a kill leaves."""

import json

import psutil
import pytest
from databricks.sdk.errors import ResourceConflict

from tests.conftest import CATALOG
from tests.local_workspace.runtime.support import output_rows, progress, studio, until  # noqa: F401

_HEAD = """
from pyspark.sql import SparkSession, functions as F
spark = SparkSession.active()
LANDING = spark.conf.get("test.landing")
"""
_CHANGES = """
@dp.temporary_view
def feed():
    return spark.readStream.schema("id BIGINT, name STRING, city STRING, at BIGINT, op STRING").json(LANDING)

dp.create_streaming_table(name="current", comment="As it is")
dp.create_auto_cdc_flow(target="current", source="feed", keys=["id"], sequence_by="at", ignore_null_updates=True,
                        apply_as_deletes=F.expr("op = 'D'"), except_column_list=["op", "at"])
dp.create_streaming_table(name="history")
dp.create_auto_cdc_flow(target="history", source="feed", keys=["id"], sequence_by=F.col("at"), name="keep_history",
                        apply_as_deletes="op = 'D'", except_column_list=["op", "at"], stored_as_scd_type=2)
"""


def _changes(*rows: tuple) -> str:
    names = ("id", "name", "city", "at", "op")
    return "\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows)


def test_change_feeds_late_repeated_and_deleted(studio, schema):  # noqa: F811
    landing = studio.volume(schema)
    pipeline = studio.pipeline(schema, _HEAD + _CHANGES, configuration={"test.landing": f"{landing}/in"})
    studio.land(
        f"{landing}/in/1.json", _changes((1, "a", "x", 10, "U"), (2, "b", "y", 10, "U"), (1, "a", "x", 10, "U"))
    )
    state, events = studio.update(pipeline)
    assert state == "COMPLETED", [event["message"] for event in events if event["level"] == "ERROR"]
    assert studio.workspace.sql("SELECT * FROM current ORDER BY id", schema) == [["1", "a", "x"], ["2", "b", "y"]]

    late = _changes(
        (1, "a2", None, 30, "U"), (2, None, None, 40, "D"), (2, "b1", "y1", 20, "U"), (3, None, None, 5, "D")
    )
    studio.land(f"{landing}/in/2.json", late)
    studio.land(f"{landing}/in/3.json", _changes((3, "too late", "z", 4, "U"), (1, "between", "w", 20, "U")))
    state, _ = studio.update(pipeline)
    assert state == "COMPLETED"
    assert studio.workspace.sql("SELECT * FROM current", schema) == [["1", "a2", "w"]]
    history = studio.workspace.sql("SELECT * FROM history ORDER BY id, __START_AT", schema)
    assert history == [
        ["1", "a", "x", "10", "20"],
        ["1", "between", "w", "20", "30"],
        ["1", "a2", None, "30", None],
        ["2", "b", "y", "10", "20"],
        ["2", "b1", "y1", "20", "40"],
        ["3", "too late", "z", "4", "5"],
    ]
    state, _ = studio.update(pipeline, full_refresh=True)
    assert state == "COMPLETED"
    assert studio.workspace.sql("SELECT * FROM history ORDER BY id, __START_AT", schema) == history


_FLOWS = """
dp.create_streaming_table(name="all_lines", expect_all_or_drop={"not_empty": "value <> ''"})

@dp.append_flow(target="all_lines", name="from_a")
def a():
    return spark.readStream.text(LANDING + "/a")

@dp.append_flow(target="all_lines")
def from_b():
    return spark.readStream.text(LANDING + "/b")

@dp.append_flow(target="all_lines", name="old", once=True)
def old():
    return spark.createDataFrame([("old",), ("",)], "value STRING")

dp.create_sink("outside", "delta", {"tableName": "CATALOG.SCHEMA.outside"})

@dp.append_flow(target="outside")
def copy():
    return spark.readStream.table("all_lines").select(F.upper("value").alias("value"))
"""


def test_several_flows_fill_one_table_and_a_sink(studio, schema):  # noqa: F811
    landing = studio.volume(schema)
    source = _HEAD + _FLOWS.replace("CATALOG", CATALOG).replace("SCHEMA", schema)
    pipeline = studio.pipeline(schema, source, configuration={"test.landing": landing})
    studio.land(f"{landing}/a/1.txt", "a1\na2\n")
    studio.land(f"{landing}/b/1.txt", "b1\n\n")
    for expected in (["a1", "a2", "b1", "old"], ["a1", "a2", "a3", "b1", "old"]):
        state, events = studio.update(pipeline)
        assert state == "COMPLETED", [event["message"] for event in events if event["level"] == "ERROR"]
        found = [row[0] for row in studio.workspace.sql("SELECT value FROM all_lines ORDER BY 1", schema)]
        assert found == expected
        copied = [row[0] for row in studio.workspace.sql("SELECT value FROM outside ORDER BY 1", schema)]
        assert copied == [value.upper() for value in expected]
        studio.land(f"{landing}/a/2.txt", "a3\n")


_STREAM = """
@dp.table
def raw():
    return spark.readStream.schema("id BIGINT").json(LANDING)

@dp.table
def unique_ids():
    return spark.readStream.table("raw").dropDuplicates(["id"])

@dp.materialized_view
def total():
    return spark.read.table("unique_ids").agg(F.count("*").alias("n"))
"""


def _ids(start: int, end: int) -> str:
    return "\n".join(json.dumps({"id": number}) for number in range(start, end))


def test_a_continuous_pipeline_goes_on_until_it_is_stopped(studio, schema):  # noqa: F811
    landing = studio.volume(schema)
    studio.land(f"{landing}/in/1.json", _ids(0, 10))
    spec = {"configuration": {"test.landing": f"{landing}/in"}, "continuous": True}
    pipeline = studio.pipeline(schema, _HEAD + _STREAM, **spec)
    update = studio.start(pipeline)
    state = lambda: studio.call("GET", f"/api/2.0/pipelines/{pipeline}")["state"]  # noqa: E731
    rows = lambda: output_rows(studio.events(pipeline, update), "unique_ids")  # noqa: E731
    until(rows, lambda count: count == 10)
    studio.land(f"{landing}/in/2.json", _ids(5, 15))
    until(rows, lambda count: count == 15)
    until(lambda: studio.workspace.sql("SELECT n FROM total", schema), lambda answer: answer == [["15"]])
    assert state() == "RUNNING"
    with pytest.raises(ResourceConflict, match="active update"):
        studio.start(pipeline)
    studio.client.pipelines.stop(pipeline).result()
    assert studio.ended(pipeline, update) == "CANCELED"
    assert state() == "IDLE"
    assert progress(studio.events(pipeline, update), "raw")[-1]["status"] == "STOPPED"


def test_a_killed_update_fails_and_the_next_one_is_exact(studio, schema):  # noqa: F811
    landing = studio.volume(schema)
    source = _HEAD + _STREAM
    pipeline = studio.pipeline(schema, source, configuration={"test.landing": f"{landing}/in"})
    files, killed = 0, 0
    for status in ("DEFINED", "RUNNING", "COMPLETED"):
        studio.land(f"{landing}/in/{files}.json", _ids(files * 10, files * 10 + 15))
        files += 1
        update = studio.start(pipeline)
        until(lambda update=update, status=status: _reached(studio, pipeline, update, status), bool, pause=0.02)
        killed += _kill_worker(update)
        if studio.ended(pipeline, update) == "FAILED":
            assert "SIGKILL" in studio.events(pipeline, update)[-1]["message"]
    assert killed >= 2
    state, events = studio.update(pipeline)
    assert state == "COMPLETED", events
    expected = len({number for file in range(files) for number in range(file * 10, file * 10 + 15)})
    counts = studio.workspace.sql("SELECT count(*), count(DISTINCT id) FROM unique_ids", schema)
    assert counts == [[str(expected), str(expected)]]
    assert studio.workspace.sql("SELECT count(*) FROM raw", schema) == [[str(files * 15)]]
    assert studio.workspace.sql("SELECT n FROM total", schema) == [[str(expected)]]


def _reached(studio, pipeline: str, update: str, status: str) -> bool:  # noqa: F811
    """Whether the flow unique_ids is defined, or has this status."""
    found = [event for event in studio.events(pipeline, update)
             if event["origin"].get("flow_name", "").endswith("unique_ids")]  # fmt: skip
    statuses = [event["details"].get("flow_progress", {"status": "DEFINED"})["status"] for event in found]
    return status in statuses


def _kill_worker(update: str) -> int:
    """SIGKILL for the process that works in the folder of an update; how many there were."""
    killed = 0
    for process in psutil.process_iter():
        try:
            if update in process.cwd() and "worker.py" in " ".join(process.cmdline()):
                process.kill()
                killed += 1
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return killed
