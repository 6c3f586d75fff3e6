"""The DAG: it parses without a connection or a query, reads like its documentation, and can be retried everywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

# In a process of its own: Airflow reads its settings when it is imported.
_PARSE = """
import json, sys, time
import airflow.providers.databricks.operators.databricks
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.bases.hook import BaseHook
from sqlalchemy import event
from sqlalchemy.engine import Engine

queries, connections = [], []
event.listen(Engine, "before_cursor_execute", lambda *a: queries.append(a[2]))
BaseHook.get_connection = classmethod(lambda cls, name: connections.append(name))
bag = DagBag(dag_folder=sys.argv[1])
dag = bag.dags["payment_analysis"]
print(json.dumps({
    "errors": bag.import_errors,
    "queries": queries,
    "connections": connections,
    "tags": sorted(dag.tags),
    "doc": dag.doc_md,
    "catchup": dag.catchup,
    "schedule": dag.timetable.expression,
    "params": {name: dag.params.get_param(name).description for name in dag.params},
    "tasks": {
        task.task_id: {
            "retries": task.retries,
            "upstream": sorted(task.upstream_task_ids),
            "pool": task.pool,
            "templates": {f: repr(getattr(task, f, None)) for f in task.template_fields},
        }
        for task in dag.tasks
    },
}))
"""


@pytest.fixture(scope="module")
def dag(tmp_path_factory):
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(PROJECT),
    }
    done = subprocess.run(
        [sys.executable, "-c", _PARSE, str(PROJECT / "dags")], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_parses_without_errors_queries_and_connections(dag):
    assert dag["errors"] == {}
    assert dag["queries"] == []
    assert dag["connections"] == []


def test_runs_every_night_for_the_day_before(dag):
    assert dag["schedule"] == "0 0 * * *"
    assert dag["catchup"] is False


def test_has_tags_documentation_and_a_description_for_every_param(dag):
    assert dag["tags"] == ["databricks", "payments"]
    assert all(dag["params"].values()), [name for name, text in dag["params"].items() if not text]
    for group in {task.split(".")[0] for task in dag["tasks"]}:
        assert f"`{group}`" in dag["doc"]


def test_every_task_is_retried_but_the_one_that_judges(dag):
    assert {name for name, task in dag["tasks"].items() if task["retries"] < 2} == {"verify"}


def test_step_3_waits_for_silver_and_not_for_the_stream(dag):
    upstream = set()
    todo = ["step_3_initialize_ingestion.gold_tables"]
    while todo:
        for name in dag["tasks"][todo.pop()]["upstream"]:
            if name not in upstream:
                upstream.add(name)
                todo.append(name)

    assert "step_3_initialize_ingestion.wait_for_silver" in upstream
    assert "run_etl_pipeline.update_etl_pipeline" in upstream
    assert "run_etl_pipeline.run_realtime_pipeline" not in upstream


def test_what_runs_share_goes_through_the_pool_of_one(dag):
    shared = {name for name, task in dag["tasks"].items() if task["pool"] == "payment_analysis_shared"}

    assert shared == {
        "run_etl_pipeline.update_etl_pipeline",
        "step_3_initialize_ingestion.gold_tables",
        "step_3_initialize_ingestion.gold_views",
    }


def test_no_name_of_a_catalog_or_schema_is_written_into_a_task(dag):
    rendered = json.dumps(dag["tasks"])

    assert "ahs_demos_catalog" not in rendered
    assert "payment_analysis." not in rendered
