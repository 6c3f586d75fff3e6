"""The real-time path of a run: the pipeline for some minutes, and beside it the simulator that feeds it.

Both are one task: `airflow dags test` runs tasks one after the other, and what feeds a stream must run beside it. So
they also end, fail, are adopted and are cancelled together.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.databricks_tasks.jobs import RunWatch
from include.databricks_tasks.pipelines import RunForOperator, StreamWatch
from include.databricks_tasks.remote import Look, Watch

if TYPE_CHECKING:
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient


@dataclass
class FedStreamWatch(StreamWatch):
    """An update, and the job run `run_id` that feeds it; `logged` counts the lines of its output that were shown."""

    run_id: int = 0
    logged: dict[str, int] | None = None

    def look(self, workspace: WorkspaceClient) -> Look:
        feeding, fed = self._feeding(workspace)
        look = super().look(workspace)
        lines = (*fed.lines, *look.lines)
        if look.done:
            if not fed.done:
                feeding.cancel(workspace)
            return Look(done=True, error=look.error, lines=lines, result=look.result)
        if fed.error:
            workspace.pipelines.stop(self.pipeline_id).result()
            return Look(done=True, error=f"The pipeline was stopped, as nothing feeds it.\n{fed.error}", lines=lines)
        return Look(done=False, lines=lines)

    def cancel(self, workspace: WorkspaceClient) -> None:
        try:
            feeding, fed = self._feeding(workspace)
            if not fed.done:
                feeding.cancel(workspace)
        finally:
            super().cancel(workspace)

    def describe(self) -> str:
        return f"{super().describe()}, fed by job run {self.run_id}"

    def _feeding(self, workspace: WorkspaceClient) -> tuple[RunWatch, Look]:
        feeding = RunWatch(self.run_id, self.logged)
        look = feeding.look(workspace)
        self.logged = feeding.logged
        return feeding, look


class RunFedStreamOperator(RunForOperator):
    """Runs a continuous pipeline for some minutes; with `event_source` simulator, a job of these `tasks` feeds it."""

    template_fields = (*RunForOperator.template_fields, "event_source", "tasks")

    def __init__(self, *, event_source: str, tasks: list[dict[str, Any]], **kwargs):
        super().__init__(**kwargs)
        self.event_source = event_source
        self.tasks = tasks

    def start(self, context: Context, workspace: WorkspaceClient, token: str) -> Watch:
        if self.event_source != "simulator":
            return super().start(context, workspace, token)
        body = {"run_name": "payment_analysis: paced events", "tasks": self.tasks, "idempotency_token": token}
        run_id = workspace.api_client.do("POST", "/api/2.2/jobs/runs/submit", body=body)["run_id"]
        feeding = RunWatch(run_id)
        try:
            stream = super().start(context, workspace, token)
        except BaseException:
            feeding.cancel(workspace)
            raise
        until = time.time() + 60 * int(self.minutes)
        return FedStreamWatch(stream.pipeline_id, stream.update_id, until=until, run_id=run_id)
