"""Notebook runs: submitted once, adopted, cancelled exactly, failing with the notebook's own error and line."""

import asyncio
import base64
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from airflow.providers.common.compat.sdk import AirflowException
from databricks.sdk.service.workspace import ImportFormat, Language

from include.databricks_tasks.jobs import SubmitRunOperator
from include.local_workspace.engines.process import wait_until

HEADER = "# Databricks notebook source\n"


@pytest.fixture
def notebook(workspace):
    def write(source: str) -> str:
        path = f"/Shared/{uuid.uuid4().hex}"
        content = base64.b64encode((HEADER + source).encode()).decode()
        workspace.client.workspace.import_(path, content=content, format=ImportFormat.SOURCE, language=Language.PYTHON)
        return path

    return write


def _operator(path, **parameters):
    return SubmitRunOperator(
        task_id="run",
        run_name=f"run of {path}",
        tasks=[{"task_key": "only", "notebook_task": {"notebook_path": path, "base_parameters": parameters}}],
        poll_seconds=0.2,
    )


def _runs(workspace, path):
    return [run for run in workspace.client.jobs.list_runs() if run.run_name == f"run of {path}"]


def test_returns_what_the_notebook_exits_with(workspace, task, notebook):
    path = notebook('import json\ndbutils.notebook.exit(json.dumps({"n": dbutils.widgets.get("n")}))\n')

    assert task.run(_operator(path, n="7")) == {"n": "7"}
    assert task.ti.xcoms["run_page_url"].startswith(workspace.host)
    assert task.state.values == {}


def test_an_error_names_the_notebook_its_line_and_what_was_raised(workspace, task, notebook):
    path = notebook('x = 1\n\n# COMMAND ----------\n\nraise ValueError("the events are gone")\n')

    with pytest.raises(AirflowException, match="the events are gone") as raised:
        task.run(_operator(path))
    assert path in str(raised.value)
    assert "line 6" in str(raised.value)


def test_a_retry_after_a_crash_adopts_the_live_run(workspace, task, notebook, tmp_path):
    gate = tmp_path / "gate"
    path = notebook(f'{_wait_for(gate)}\ndbutils.notebook.exit("once")\n')
    task.until_deferred(_operator(path))
    task.until_deferred(_operator(path))
    gate.touch()

    assert task.run(_operator(path)) == "once"
    assert len(_runs(workspace, path)) == 1


def test_a_crash_between_submit_and_keeping_the_id_still_gives_one_run(workspace, task, notebook, monkeypatch):
    path = notebook('dbutils.notebook.exit("once")\n')
    operator = _operator(path)
    keep, calls = task.state.set, []

    def crash(key, value):
        calls.append(value)
        if "watch" in value:
            raise KeyboardInterrupt("the worker dies here")
        keep(key, value)

    with monkeypatch.context() as patch:
        patch.setattr(task.state, "set", crash)
        with pytest.raises(KeyboardInterrupt):
            operator.execute(task.context)

    assert task.run(_operator(path)) == "once"
    assert len(_runs(workspace, path)) == 1


def test_a_failed_run_is_started_again_by_the_retry(workspace, task, notebook):
    path = notebook('raise RuntimeError("first")\n')
    with pytest.raises(AirflowException):
        task.run(_operator(path))
    with pytest.raises(AirflowException):
        task.run(_operator(path))

    assert len(_runs(workspace, path)) == 2


def test_killing_the_task_cancels_its_run_and_no_sibling(workspace, task, notebook):
    path = notebook("import time\ntime.sleep(600)\n")
    sibling = workspace.client.jobs.submit(
        run_name="sibling",
        tasks=_sdk_tasks(path),
    ).run_id
    deferred = task.until_deferred(_operator(path))

    asyncio.run(deferred.trigger.on_kill())

    [mine] = _runs(workspace, path)
    ended = workspace.client.jobs.wait_get_run_job_terminated_or_skipped(mine.run_id)
    assert ended.state.result_state.value == "CANCELED"
    assert workspace.client.jobs.get_run(sibling).state.life_cycle_state.value in ("PENDING", "RUNNING")
    workspace.client.jobs.cancel_run(sibling)


def test_the_log_of_a_running_notebook_shows_its_progress(workspace, task, notebook, capsys, tmp_path):
    gate = tmp_path / "gate"
    path = notebook(f'print("30 of 100 rows", flush=True)\n{_wait_for(gate)}\nprint("100 of 100 rows")\n')

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(task.run, _operator(path))
        seen = wait_until(lambda: "progress: 30 of 100 rows" in capsys.readouterr().out, 60)
        gate.touch()
        running.result()

    assert seen
    assert "progress: 100 of 100 rows" in capsys.readouterr().out


def _wait_for(gate) -> str:
    """Code of a notebook that goes on once this file is there."""
    return f"import os, time\nwhile not os.path.exists({str(gate)!r}):\n    time.sleep(0.05)\n"


def _sdk_tasks(path):
    from databricks.sdk.service.jobs import NotebookTask, SubmitTask

    return [SubmitTask(task_key="only", notebook_task=NotebookTask(notebook_path=path))]
