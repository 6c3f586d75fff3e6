"""The DAG files, parsed once, in a process of its own: Airflow reads its settings when it is imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

_PARSE = """
import json, sys
import airflow.providers.databricks.operators.databricks
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.bases.hook import BaseHook
from sqlalchemy import event
from sqlalchemy.engine import Engine

queries, connections = [], []
event.listen(Engine, "before_cursor_execute", lambda *a: queries.append(a[2]))
BaseHook.get_connection = classmethod(lambda cls, name: connections.append(name))
bag = DagBag(dag_folder=sys.argv[1])
print(json.dumps({
    "errors": bag.import_errors,
    "queries": queries,
    "connections": connections,
    "dags": {
        dag.dag_id: {
            "tags": sorted(dag.tags),
            "doc": dag.doc_md,
            "catchup": dag.catchup,
            "schedule": getattr(dag.timetable, "expression", None),
            "params": {name: dag.params.get_param(name).description for name in dag.params},
            "defaults": {name: dag.params.get_param(name).value for name in dag.params},
            "tasks": {
                task.task_id: {
                    "retries": task.retries,
                    "upstream": sorted(task.upstream_task_ids),
                    "pool": task.pool,
                    "templates": {f: repr(getattr(task, f, None)) for f in task.template_fields},
                }
                for task in dag.tasks
            },
        }
        for dag in bag.dags.values()
    },
}))
"""


@pytest.fixture(scope="session")
def parsed(tmp_path_factory) -> dict:
    """What parsing the DAG folder gave, and each DAG by its id."""
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


def upstream_of(dag: dict, task_id: str) -> set[str]:
    """Every task that runs before this one."""
    found: set[str] = set()
    todo = [task_id]
    while todo:
        for name in dag["tasks"][todo.pop()]["upstream"]:
            if name not in found:
                found.add(name)
                todo.append(name)
    return found
