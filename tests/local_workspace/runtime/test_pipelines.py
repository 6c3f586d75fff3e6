"""Lakeflow pipelines through the REST API: order, exactly once, expectations, refresh, validation, events."""

import json

from tests.conftest import CATALOG
from tests.local_workspace.runtime.support import output_rows, progress, studio  # noqa: F401

SOURCE = """
from pyspark.sql import SparkSession, functions as F
spark = SparkSession.active()
LANDING = spark.conf.get("test.landing")

@dp.materialized_view(comment="Totals, by parity")
def gold():
    return spark.read.table("evens").groupBy("parity").agg(F.count("*").alias("n"), F.sum("id").alias("total"))

@dp.temporary_view
def evens():
    return spark.read.table("silver").withColumn("parity", F.col("id") % 2)

@dp.table(name="silver", schema="id BIGINT NOT NULL COMMENT 'the id', text STRING COMMENT 'it''s text'",
          table_properties={"quality": "silver"}, cluster_by=["id"], comment="Each id once")
@dp.expect("has_text", "text <> ''")
@dp.expect_or_drop("positive", "id > 0")
def silver():
    frame = spark.readStream.table("bronze").dropDuplicates(["id"])
    return frame.select(*[name for name in frame.columns if name in ("id", "text")])

@dp.table
def bronze():
    return spark.readStream.schema("id BIGINT, text STRING").json(LANDING)
"""


def _lines(*rows: tuple) -> str:
    return "\n".join(json.dumps({"id": number, "text": text}) for number, text in rows)


def test_triggered_updates_count_every_record_once(studio, schema):  # noqa: F811
    landing = studio.volume(schema)
    studio.land(f"{landing}/in/1.json", _lines((1, "a"), (2, ""), (2, "twice"), (0, "dropped"), (3, None)))
    pipeline = studio.pipeline(schema, SOURCE, configuration={"test.landing": f"{landing}/in"})

    state, events = studio.update(pipeline)
    assert state == "COMPLETED", [event["message"] for event in events if event["level"] == "ERROR"]
    assert output_rows(events, "bronze") == 5
    assert output_rows(events, "silver") == 3
    quality = [item["data_quality"] for item in progress(events, "silver") if item.get("data_quality")]
    name = f"{CATALOG}.{schema}.silver"
    assert sum(item["dropped_records"] for item in quality) == 1
    counts = {"has_text": [0, 0], "positive": [0, 0]}
    for expectation in (expectation for item in quality for expectation in item["expectations"]):
        assert expectation["dataset"] == name
        counts[expectation["name"]][0] += expectation["passed_records"]
        counts[expectation["name"]][1] += expectation["failed_records"]
    texts = {row[0]: row[1] for row in studio.workspace.sql("SELECT id, text FROM silver", schema)}
    empty = sum(1 for text in [*texts.values(), "dropped"] if not text)
    assert counts == {"positive": [3, 1], "has_text": [4 - empty, empty]}
    assert studio.workspace.sql("SELECT parity, n, total FROM gold ORDER BY 1", schema) == [
        ["0", "1", "2"],
        ["1", "2", "4"],
    ]

    states = [
        event["details"]["update_progress"]["state"] for event in events if event["event_type"] == "update_progress"
    ]
    assert states == ["INITIALIZING", "SETTING_UP_TABLES", "RUNNING", "COMPLETED"]
    assert events[0]["event_type"] == "create_update"
    definition = next(e for e in events if e["event_type"] == "flow_definition" and e["origin"]["dataset_name"] == name)
    assert definition["details"]["flow_definition"]["input_datasets"] == [{"name": f"{CATALOG}.{schema}.bronze"}]

    columns = studio.workspace.sql("DESCRIBE silver", schema)
    assert ["id", "bigint", "the id"] in columns and ["text", "string", "it's text"] in columns

    state, events = studio.update(pipeline)
    assert (state, output_rows(events, "bronze"), output_rows(events, "silver")) == ("COMPLETED", 0, 0)
    assert "Nothing changed" in "".join(event["message"] for event in events)

    studio.land(f"{landing}/in/2.json", _lines((1, "again"), (4, "new")))
    state, events = studio.update(pipeline)
    assert (state, output_rows(events, "bronze"), output_rows(events, "silver")) == ("COMPLETED", 2, 1)
    assert studio.workspace.sql("SELECT sum(n) FROM gold", schema) == [["4"]]

    state, events = studio.update(pipeline, full_refresh=True)
    assert (state, output_rows(events, "bronze"), output_rows(events, "silver")) == ("COMPLETED", 7, 4)
    assert studio.workspace.sql("SELECT count(*), count(DISTINCT id) FROM silver", schema) == [["4", "4"]]
    assert studio.workspace.sql("SELECT sum(n) FROM gold", schema) == [["4"]]


def test_validation_writes_nothing_and_finds_errors_anywhere(studio, schema):  # noqa: F811
    landing = studio.volume(schema)
    studio.land(f"{landing}/in/1.json", _lines((1, "a")))
    pipeline = studio.pipeline(schema, SOURCE, configuration={"test.landing": f"{landing}/in"})
    state, events = studio.update(pipeline, validate_only=True)
    assert state == "COMPLETED", events
    assert studio.workspace.sql("SHOW TABLES", schema) == []

    studio.rewrite(pipeline, SOURCE.replace('F.col("id") % 2', 'F.col("no_such_column") % 2'))
    state, events = studio.update(pipeline, validate_only=True)
    assert state == "FAILED"
    errors = [event for event in events if event["level"] == "ERROR"]
    assert "no_such_column" in errors[0]["message"] and ".py, line " in errors[0]["message"]
    assert errors[0]["error"]["exceptions"][0]["class_name"] == "AnalysisException"
    assert "JVM stacktrace" not in json.dumps(errors)


def test_a_row_that_must_not_be_stops_the_update(studio, schema):  # noqa: F811
    landing = studio.volume(schema)
    source = SOURCE.replace("expect_or_drop", "expect_or_fail")
    studio.land(f"{landing}/in/1.json", _lines((1, "a"), (-7, "bad")))
    pipeline = studio.pipeline(schema, source, configuration={"test.landing": f"{landing}/in"})
    state, events = studio.update(pipeline)
    assert state == "FAILED"
    text = "".join(event["message"] for event in events if event["level"] == "ERROR")
    assert "Violated expectations: 'positive'" in text and '"id":-7' in text
    assert studio.workspace.sql("SELECT count(*) FROM silver", schema) == [["0"]]
    assert [item["status"] for item in progress(events, "gold")] == ["SKIPPED"]

    studio.rewrite(pipeline, SOURCE)
    state, _ = studio.update(pipeline)
    assert state == "COMPLETED"
    assert studio.workspace.sql("SELECT id FROM silver", schema) == [["1"]]


def test_selective_refresh_touches_what_was_asked_for(studio, schema):  # noqa: F811
    landing = studio.volume(schema)
    studio.land(f"{landing}/in/1.json", _lines((1, "a")))
    pipeline = studio.pipeline(schema, SOURCE, configuration={"test.landing": f"{landing}/in"})
    state, events = studio.update(pipeline, refresh_selection=["bronze"])
    assert state == "COMPLETED"
    assert [row[1] for row in studio.workspace.sql("SHOW TABLES", schema)] == ["bronze"]
    state, events = studio.update(pipeline, refresh_selection=["gold"])
    assert state == "FAILED"
    assert "silver is not part of this refresh" in "".join(event["message"] for event in events)
    studio.update(pipeline)
    state, events = studio.update(pipeline, full_refresh_selection=["gold"], refresh_selection=[f"{schema}.silver"])
    assert state == "COMPLETED"
    assert progress(events, "bronze") == []
    assert output_rows(events, "gold") == 1
    state, events = studio.update(pipeline, refresh_selection=["nothing"])
    assert "no such table" in "".join(event["message"] for event in events)
