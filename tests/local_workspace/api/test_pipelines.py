"""Pipelines with databricks-sdk and plain bodies: create, find, edit, delete, events, what is refused."""

import uuid

import pytest
from databricks.sdk.errors import DatabricksError, InvalidParameterValue, NotImplemented, ResourceConflict
from databricks.sdk.service import pipelines

from tests.conftest import CATALOG
from tests.local_workspace.runtime.support import studio  # noqa: F401

SOURCE = """
from pyspark.sql import SparkSession
spark = SparkSession.active()

@dp.materialized_view
def one():
    return spark.range(3)
"""


def test_create_find_edit_and_delete_with_its_tables(studio, schema):  # noqa: F811
    w = studio.client
    name = f"p_{uuid.uuid4().hex[:8]}"
    pipeline = studio.pipeline(schema, SOURCE, name=name, configuration={"a": 1, "b": True})
    assert [found.pipeline_id for found in w.pipelines.list_pipelines(filter=f"name LIKE '{name}'")] == [pipeline]
    assert [found.name for found in w.pipelines.list_pipelines(filter=f"name LIKE '%{name[2:]}'")] == [name]
    assert w.pipelines.get(pipeline).spec.configuration == {"a": "1", "b": "true"}
    with pytest.raises(ResourceConflict, match="already used"):
        studio.pipeline(schema, SOURCE, name=name)
    other = studio.pipeline(schema, SOURCE, name=name, allow_duplicate_names=True)
    w.pipelines.delete(other)

    spec = w.pipelines.get(pipeline).spec.as_dict()
    studio.call("PUT", f"/api/2.0/pipelines/{pipeline}", **{**spec, "configuration": {"c": "2"}, "photon": True})
    edited = w.pipelines.get(pipeline).spec
    assert (edited.configuration, edited.photon, edited.name) == ({"c": "2"}, True, name)

    update_id = w.pipelines.start_update(pipeline).update_id
    assert studio.ended(pipeline, update_id) == "COMPLETED"
    got = w.pipelines.get(pipeline)
    assert (got.state.value, got.latest_updates[0].update_id) == ("IDLE", update_id)
    assert [update.update_id for update in w.pipelines.list_updates(pipeline).updates] == [update_id]
    assert studio.workspace.sql("SELECT count(*) FROM one", schema) == [["3"]]
    w.pipelines.delete(pipeline)
    assert studio.workspace.sql("SHOW TABLES", schema) == []
    with pytest.raises(DatabricksError, match="not found"):
        w.pipelines.get(pipeline)


def test_events_are_filtered_ordered_and_paged(studio, schema):  # noqa: F811
    w = studio.client
    pipeline = studio.pipeline(schema, "1 / 0")
    state, events = studio.update(pipeline)
    assert state == "FAILED"
    errors = list(w.pipelines.list_pipeline_events(pipeline, filter="level = 'ERROR'"))
    assert len(errors) == 1 and "ZeroDivisionError" in errors[0].message and "line 2" in errors[0].message
    assert errors[0].error.fatal and "ZeroDivisionError" in errors[0].error.exceptions[0].message
    paged = list(w.pipelines.list_pipeline_events(pipeline, max_results=2, order_by=["timestamp asc"]))
    assert len(paged) == len(studio.events(pipeline)) >= 4
    assert [event.timestamp for event in paged] == sorted(event.timestamp for event in paged)
    newest = next(iter(w.pipelines.list_pipeline_events(pipeline)))
    assert newest.timestamp == paged[-1].timestamp
    later = f"level in ('ERROR', 'WARN') AND timestamp > '{newest.timestamp}'"
    assert list(w.pipelines.list_pipeline_events(pipeline, filter=later)) == []
    with pytest.raises(InvalidParameterValue, match="not understood"):
        list(w.pipelines.list_pipeline_events(pipeline, filter="message = 'x'"))


def test_a_pipeline_leaves_tables_of_others_alone(studio, schema):  # noqa: F811
    studio.workspace.sql(f"CREATE TABLE {CATALOG}.{schema}.one AS SELECT 1 AS mine")
    pipeline = studio.pipeline(schema, SOURCE)
    state, events = studio.update(pipeline)
    assert state == "FAILED"
    assert "not managed by this pipeline" in events[-1]["message"]
    studio.client.pipelines.delete(pipeline)
    assert studio.workspace.sql("SELECT mine FROM one", schema) == [["1"]]


def test_constructs_that_lakeflow_refuses(studio, schema):  # noqa: F811
    head = "from pyspark.sql import SparkSession\nspark = SparkSession.active()\n"
    pipeline = studio.pipeline(schema, "pass")
    for source, message in (
        ("import dlt\ndlt.table", "from pyspark import pipelines"),
        ("@dp.materialized_view\ndef a():\n    return spark.range(1).collect()", "collect is not allowed"),
        ("@dp.materialized_view\ndef a():\n    spark.range(1).write.saveAsTable('x')", "write is not allowed"),
        ("@dp.materialized_view\ndef a():\n    return spark.sql('DROP TABLE x')", "may run queries only"),
        ("@dp.materialized_view\ndef a():\n    return 5", "must return a DataFrame"),
        ("@dp.table\ndef a():\n    return spark.range(1)", "must return a streaming DataFrame"),
        ("@dp.materialized_view\ndef a():\n    return spark.read.table('b')\n"
         "@dp.materialized_view\ndef b():\n    return spark.read.table('a')", "in a circle"),
    ):  # fmt: skip
        studio.rewrite(pipeline, head + source)
        state, events = studio.update(pipeline, validate_only=True)
        assert state == "FAILED" and message in events[-1]["message"], events[-1]["message"]


def test_a_job_task_updates_a_pipeline(studio, schema):  # noqa: F811
    pipeline = studio.pipeline(schema, SOURCE)
    run, _ = studio.run({"task_key": "p", "pipeline_task": {"pipeline_id": pipeline, "full_refresh": False}})
    assert run["state"]["result_state"] == "SUCCESS"
    assert studio.client.pipelines.list_updates(pipeline).updates[0].cause == pipelines.UpdateInfoCause.JOB_TASK
    studio.rewrite(pipeline, "1 / 0")
    run, outputs = studio.run({"task_key": "p", "pipeline_task": {"pipeline_id": pipeline}})
    assert run["state"]["result_state"] == "FAILED"
    assert "ZeroDivisionError" in outputs["p"]["error"]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"schema": "a.b"}, InvalidParameterValue, "without the catalog"),
        ({"catalog": None}, InvalidParameterValue, "catalog is required"),
        ({"schema": None}, InvalidParameterValue, "schema is required"),
        ({"libraries": [{"jar": "x"}]}, NotImplemented, "jar"),
        ({"libraries": [{"file": {"path": "relative.py"}}]}, InvalidParameterValue, "absolute"),
    ],
)
def test_what_cannot_work_is_refused_at_once(studio, change, error, message):  # noqa: F811
    body = {"name": uuid.uuid4().hex, "catalog": CATALOG, "schema": "s", "libraries": [], **change}
    with pytest.raises(error, match=message):
        studio.call("POST", "/api/2.0/pipelines", **body)
