"""What a workspace that died leaves: runs and updates under way are reported as failed, the rest is kept. No engine."""

import multiprocessing
import os
import signal

import pytest

from include.local_workspace.context import Workspace
from include.local_workspace.engines import process
from include.local_workspace.engines.runs import Runs, describe
from include.local_workspace.engines.updates import Updates
from include.local_workspace.errors import ApiError
from include.local_workspace.paths import Home

TASKS = [
    {"task_key": "done", "condition_task": {"left": "1", "op": "EQUAL_TO", "right": "1"}},
    {"task_key": "busy", "notebook_task": {"notebook_path": "/nb"}, "depends_on": [{"task_key": "done"}]},
    {"task_key": "later", "notebook_task": {"notebook_path": "/nb"}, "depends_on": [{"task_key": "busy"}]},
]


class NeverReady:
    """An engine that does not come up: whoever needs it waits."""


def _workspace(folder) -> Workspace:
    """A workspace on this folder whose Spark is starting for ever; what needs it stays under way."""
    workspace = Workspace(Home(folder), "http://127.0.0.1:1", "token", {"spark": NeverReady()})
    workspace.services |= {"runs": Runs(workspace), "updates": Updates(workspace)}
    return workspace


def _start_and_die(folder, ids) -> None:
    """In a process of its own: start a run and an update, tell their ids, and end as by kill -9."""
    workspace = _workspace(folder)
    run_id = workspace.runs.submit({"run_name": "r", "tasks": TASKS, "idempotency_token": "once"})
    assert process.wait_until(lambda: workspace.runs.newest_attempts(run_id)["busy"]["state"]["life"] == "RUNNING", 20)
    spec = {"name": "p", "catalog": "c", "schema": "s", "libraries": []}
    workspace.store.insert("pipeline", "p1", {"pipeline_id": "p1", "spec": spec, "creator": "me"})
    update_id = workspace.updates.start("p1", {})
    with pytest.raises(ApiError, match="active update"):
        workspace.updates.start("p1", {})
    ids.send((run_id, update_id))
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def died_and_restarted(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    ids, theirs = spawn.Pipe(duplex=False)
    dying = spawn.Process(target=_start_and_die, args=(tmp_path, theirs))
    dying.start()
    theirs.close()
    run_id, update_id = ids.recv()
    dying.join()
    restarted = _workspace(tmp_path)
    restarted.updates.recover()
    restarted.runs.recover()
    yield restarted, run_id, update_id
    restarted.runs.stop()


def test_runs_and_updates_under_way_are_failed_and_say_why(died_and_restarted):
    workspace, run_id, update_id = died_and_restarted
    run = describe.run(workspace, workspace.runs.get(run_id), workspace.runs.attempts(run_id))
    assert (run["state"]["life_cycle_state"], run["state"]["result_state"]) == ("INTERNAL_ERROR", "FAILED")
    assert "stopped while this run was under way" in run["state"]["state_message"]
    assert run["status"]["termination_details"]["type"] == "INTERNAL_ERROR"
    assert run["end_time"] >= run["start_time"]
    results = {task["task_key"]: task["state"]["result_state"] for task in run["tasks"]}
    assert results == {"done": "SUCCESS", "busy": "FAILED", "later": "FAILED"}
    output = describe.output(workspace, workspace.runs.get(run_id), workspace.runs.newest_attempts(run_id)["busy"])
    assert "stopped while this run was under way" in output["error"]

    assert workspace.updates.get("p1", update_id)["state"] == "FAILED"
    assert workspace.updates.active("p1") is None
    error = workspace.updates.events.find("p1", "level = 'ERROR'")[0]
    assert "stopped while this update ran" in error["message"]
    assert error["origin"]["update_id"] == update_id


def test_the_token_of_a_run_is_kept(died_and_restarted):
    workspace, run_id, _ = died_and_restarted
    assert workspace.runs.submit({"run_name": "r", "tasks": TASKS, "idempotency_token": "once"}) == run_id
    workspace.runs.delete(run_id)
    with pytest.raises(ApiError, match="does not exist"):
        workspace.runs.submit({"run_name": "r", "tasks": TASKS, "idempotency_token": "once"})


def test_what_ended_long_ago_is_forgotten_with_its_output(died_and_restarted):
    workspace, run_id, update_id = died_and_restarted
    attempts = [str(task["run_id"]) for task in workspace.runs.attempts(run_id)]
    outputs = [workspace.home.runs / name for name in [*attempts, f"update-{update_id}"]]
    for output in outputs:
        output.mkdir(exist_ok=True)
    workspace.runs.recover()
    workspace.updates.recover()
    assert all(output.exists() for output in outputs)

    workspace.store.update("run", str(run_id), lambda doc: {**doc, "end_time": 1})
    workspace.store.update("update", update_id, lambda doc: {**doc, "creation_time": 1})
    workspace.runs.recover()
    workspace.updates.recover()

    assert not any(output.exists() for output in outputs)
    assert workspace.updates.of("p1") == []
    assert workspace.updates.events.find("p1") == []
    with pytest.raises(ApiError, match="does not exist"):
        workspace.runs.get(run_id)
