"""A real scheduler: after kill -9 of a worker the retry adopts its work; failing a task cancels what is its own."""

import uuid
from pathlib import Path

import pytest

from tests.local_workspace.runtime.support import studio, until  # noqa: F401
from tests.reliability import scheduler

WAITING = """
import pathlib, time
while not pathlib.Path({gate!r}).exists():
    time.sleep(0.1)
"""
PIPELINE = f"""
from pyspark.sql import SparkSession
{WAITING}

@dp.materialized_view
def one():
    return SparkSession.active().range(3)
"""


@pytest.fixture(scope="module")
def airflow(workspace, tmp_path_factory):
    running = scheduler.start(workspace, tmp_path_factory.mktemp("airflow") / "home", Path(__file__).parent / "dags")
    yield running
    scheduler.stop(running)


def _runs(studio, name: str) -> list[dict]:  # noqa: F811
    found = studio.call("GET", "/api/2.2/jobs/runs/list", limit=25).get("runs", [])
    return [run for run in found if run["run_name"] == name]


def _updates(studio, pipeline: str) -> list[dict]:  # noqa: F811
    return studio.call("GET", f"/api/2.0/pipelines/{pipeline}/updates").get("updates", [])


def test_a_killed_worker_leaves_work_that_the_retry_adopts(airflow, studio, schema, tmp_path):  # noqa: F811
    marker, gate, second = f"adoption {uuid.uuid4().hex[:8]}", tmp_path / "gate", tmp_path / "second"
    pipeline = studio.pipeline(schema, PIPELINE.format(gate=str(second)))
    conf = {
        "marker": marker, "notebook": studio.notebook(WAITING.format(gate=str(gate))), "pipeline_id": pipeline,
        "warehouse_id": studio.workspace.warehouse_id,
    }  # fmt: skip
    started = {
        "run": lambda: _runs(studio, f"{marker} run"),
        "statement": lambda: studio.workspace.statements(f"'{marker}'"),
        "update": lambda: _updates(studio, pipeline),
    }
    run = airflow.trigger("adoption", conf)
    for task, gate_of in (("run", gate), ("statement", None), ("update", second)):
        until(started[task], bool, 120, pause=0.05)
        airflow.kill_worker(run, task)
        until(lambda task=task: airflow.task(run, task)["try_number"], lambda number: number >= 2, 120)
        if gate_of:
            gate_of.touch()
        until(lambda task=task: airflow.task(run, task)["state"], lambda state: state in ("success", "failed"), 180)

    assert {task: airflow.task(run, task)["state"] for task in started} == dict.fromkeys(started, "success")
    assert {task: len(look()) for task, look in started.items()} == dict.fromkeys(started, 1)


def test_a_task_marked_failed_cancels_its_own_run_and_no_sibling(airflow, studio, tmp_path):  # noqa: F811
    marker, gate = f"siblings {uuid.uuid4().hex[:8]}", tmp_path / "gate"
    waiting = studio.notebook(WAITING.format(gate=str(gate)))
    run = airflow.trigger("siblings", {"marker": marker, "notebook": waiting, "other_notebook": waiting})
    for task in ("mine", "sibling"):
        until(lambda task=task: airflow.log(run, task), lambda text: "waiting for job run" in text, 120)

    airflow.call("PATCH", f"{run}/taskInstances/mine", {"new_state": "failed"})

    [mine] = _runs(studio, f"{marker} mine")
    assert studio.finish(mine["run_id"], 60)["state"]["result_state"] == "CANCELED"
    [sibling] = _runs(studio, f"{marker} sibling")
    assert sibling["state"]["life_cycle_state"] == "RUNNING"
    gate.touch()
    until(lambda: airflow.task(run, "sibling")["state"], lambda state: state == "success", 120)
