"""Job runs that work on the stream: they write files and a table as long as they live, so they end first."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from include.databricks_tasks.teardown.part import STREAM_RUNS, Part

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import RunTask

    from include.settings import Settings

_NOTEBOOKS = ("pace_transaction_events", "continuous_stream_processor")


def find(workspace: WorkspaceClient, settings: Settings) -> Part:
    """Live runs of these notebooks that work for the schema, by their ids."""
    part = Part()
    for run in workspace.jobs.list_runs(active_only=True, expand_tasks=True):
        if any(_is_ours(task, settings) for task in run.tasks or []):
            part.removes[STREAM_RUNS].append(str(run.run_id))
    return part


def stop(workspace: WorkspaceClient, removes: Mapping[str, list[str]]) -> None:
    """Cancels what `find` found, and returns when it has ended."""
    from databricks.sdk.errors import NotFound

    for run_id in removes.get(STREAM_RUNS, []):
        with suppress(NotFound):
            workspace.jobs.cancel_run_and_wait(int(run_id))


def _is_ours(task: RunTask, settings: Settings) -> bool:
    notebook = task.notebook_task
    if not notebook or not notebook.notebook_path.startswith(f"{settings.workspace_folder}/code/"):
        return False
    given = notebook.base_parameters or {}
    target = (given.get("catalog"), given.get("schema"))
    return notebook.notebook_path.rpartition("/")[2] in _NOTEBOOKS and target == (settings.catalog, settings.schema)
