"""Notebook jobs on serverless compute: the provider's submit-run operator, adopting and showing progress."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.databricks.operators.databricks import DatabricksSubmitRunOperator

from include.databricks_tasks.remote import Look, RemoteOperator, Watch

if TYPE_CHECKING:
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient

_FINAL = ("TERMINATED", "SKIPPED", "INTERNAL_ERROR")
_LINES = 5


@dataclass
class RunWatch(Watch):
    """A job run; `logged` counts the lines of its output that were shown, for each task run."""

    run_id: int
    logged: dict[str, int] | None = None

    def look(self, workspace: WorkspaceClient) -> Look:
        run = workspace.jobs.get_run(self.run_id)
        state = run.state.life_cycle_state.value
        lines = tuple(line for task in run.tasks or [] for line in self._new_lines(workspace, task.run_id))
        if state not in _FINAL:
            return Look(done=False, lines=lines)
        outcome = run.state.result_state.value if run.state.result_state else state
        if outcome == "SUCCESS":
            return Look(done=True, lines=lines, result=_exit_value(workspace, run))
        return Look(done=True, lines=lines, error=_error(workspace, run, outcome))

    def cancel(self, workspace: WorkspaceClient) -> None:
        workspace.jobs.cancel_run(self.run_id)

    def describe(self) -> str:
        return f"job run {self.run_id}"

    def _new_lines(self, workspace: WorkspaceClient, run_id: int) -> list[str]:
        """What the notebook logged since the last look, the newest lines; Databricks shows logs only at the end."""
        with contextlib.suppress(_not_yet()):
            output = (workspace.jobs.get_run_output(run_id).logs or "").splitlines()
            self.logged = self.logged or {}
            seen = self.logged.get(str(run_id), 0)
            self.logged[str(run_id)] = len(output)
            return output[seen:][-_LINES:]
        return []


class SubmitRunOperator(RemoteOperator, DatabricksSubmitRunOperator):
    """The provider's operator, always deferrable; a retry adopts the live run, and a run is submitted once.

    Returns what the last task's notebook passed to `dbutils.notebook.exit`: JSON decoded, else text.
    """

    template_fields = (*DatabricksSubmitRunOperator.template_fields, "databricks_conn_id")

    def __init__(self, **kwargs):
        kwargs.setdefault("durable", False)
        super().__init__(**kwargs)

    def execute(self, context: Context) -> Any:
        return RemoteOperator.execute(self, context)

    def start(self, context: Context, workspace: WorkspaceClient, token: str) -> Watch:
        self.idempotency_token = token
        run_id = self._hook.submit_run(self._prepare_submit_json(context))
        context["ti"].xcom_push(key="run_id", value=run_id)
        context["ti"].xcom_push(key="run_page_url", value=self._hook.get_run_page_url(run_id))
        return RunWatch(run_id)

    def on_kill(self) -> None:
        RemoteOperator.on_kill(self)


def notebook_task(name: str, code: str, **parameters: str) -> dict[str, Any]:
    """A task that runs a notebook of the uploaded code; `code` is the upload folder (or a template of it)."""
    return {
        "task_key": name,
        "notebook_task": {
            "notebook_path": f"{code}/notebooks/{name}",
            "base_parameters": {"code_path": f"/Workspace{code}", **parameters},
        },
    }


def _exit_value(workspace: WorkspaceClient, run) -> Any:
    outputs = [workspace.jobs.get_run_output(task.run_id).notebook_output for task in run.tasks or []]
    text = outputs[-1].result if outputs and outputs[-1] else None
    with contextlib.suppress(ValueError, TypeError):
        return json.loads(text)
    return text


def _error(workspace: WorkspaceClient, run, outcome: str) -> str:
    """Every failed task with its error and where it happened, and where to look."""
    parts = []
    for task in run.tasks or []:
        result = task.state.result_state.value if task.state and task.state.result_state else ""
        if result in ("FAILED", "TIMEDOUT"):
            output = workspace.jobs.get_run_output(task.run_id)
            parts.append(
                f"{task.task_key}: {output.error or task.state.state_message}\n{output.error_trace or ''}".strip()
            )
    detail = "\n".join(parts) or run.state.state_message or ""
    return f"Job run {run.run_id} ended as {outcome}. {detail}\nSee {run.run_page_url}"


def _not_yet() -> type[Exception]:
    from databricks.sdk.errors import BadRequest

    return BadRequest
