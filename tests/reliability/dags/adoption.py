"""DAGs for the tests of killed workers: one task of each kind in a row, and two siblings side by side."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, chain

from include.databricks_tasks import remote
from include.databricks_tasks.jobs import SubmitRunOperator
from include.databricks_tasks.pipelines import UpdatePipelineOperator
from include.databricks_tasks.statements import SqlProgramOperator

# Workers hold their task long enough to be found and killed.
remote._AT_FIRST_SECONDS = 10.0
SETTINGS = {
    "schedule": None,
    "is_paused_upon_creation": False,
    "params": {"warehouse_id": "", "pipeline_id": "", "notebook": "", "other_notebook": "", "marker": ""},
    "default_args": {"retries": 5, "retry_delay": timedelta(seconds=1)},
}


def count(execute, context):
    marker = context["params"]["marker"]
    return execute(f"SELECT count(*), '{marker}' FROM range(900000000) WHERE hash(id, rand()) = 42")[0][1]


def run(task_id: str, notebook: str) -> SubmitRunOperator:
    task = {"task_key": "main", "notebook_task": {"notebook_path": f"{{{{ params.{notebook} }}}}"}}
    return SubmitRunOperator(task_id=task_id, run_name=f"{{{{ params.marker }}}} {task_id}", tasks=[task])


with DAG("adoption", **SETTINGS):
    chain(
        run("run", "notebook"),
        SqlProgramOperator(task_id="statement", program=count, warehouse_id="{{ params.warehouse_id }}"),
        UpdatePipelineOperator(task_id="update", pipeline_id="{{ params.pipeline_id }}"),
    )

with DAG("siblings", **SETTINGS):
    run("mine", "notebook")
    run("sibling", "other_notebook")
