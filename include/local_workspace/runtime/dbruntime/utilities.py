"""`dbutils`."""

import json
import os
import time

from . import channel
from .filesystem import FileSystem
from .widgets import Widgets

_VALUE_BYTES = 48 * 1024
_POLL_SECONDS = 0.3


class NotebookExit(BaseException):
    """dbutils.notebook.exit: ends the notebook with a result. Not an Exception, so that user code lets it pass."""


class PythonRestart(BaseException):
    """dbutils.library.restartPython: the rest of the cell is not run, and all names are forgotten."""


class WorkflowException(Exception):
    """A notebook started by dbutils.notebook.run failed."""


class TaskValues:
    """Values that tasks of one job run hand on."""

    def __init__(self, known: dict):
        self._known = known

    def set(self, key: str, value) -> None:
        try:
            text = json.dumps(value)
        except TypeError as error:
            raise ValueError(f"Task value {key!r} must be representable as JSON: {error}") from error
        if len(text.encode()) > _VALUE_BYTES:
            raise ValueError(f"Task value {key!r} has {len(text.encode())} bytes; the limit is {_VALUE_BYTES}.")
        channel.send("task_value", key=key, value=value)

    def get(self, taskKey: str, key: str, default=None, debugValue=None):  # noqa: N803
        """The value that an upstream task set. Raises ValueError if there is none and no default."""
        values = self._known.get(taskKey, {})
        if key in values:
            return values[key]
        if default is None:
            raise ValueError(f"Task {taskKey!r} set no value {key!r}, and no default was given.")
        return default


class Jobs:
    def __init__(self, known: dict):
        self.taskValues = TaskValues(known)


class Notebook:
    """exit, and run as a run of its own."""

    run_id: int | None = None
    folder = "/"

    def exit(self, value) -> None:
        raise NotebookExit(str(value))

    def run(self, path: str, timeout_seconds: int = 0, arguments: dict | None = None) -> str:
        """Run another notebook and wait; returns what it passed to exit. Raises WorkflowException if it fails."""
        from databricks.sdk import WorkspaceClient

        from .paths import workspace_path

        api = WorkspaceClient().api_client
        target = workspace_path(path, self.folder)
        task = {
            "task_key": "notebook",
            "notebook_task": {"notebook_path": target, "base_parameters": arguments or {}},
            "timeout_seconds": timeout_seconds,
        }
        body = {"run_name": target, "tasks": [task], "parent_run_id": self.run_id}
        child = api.do("POST", "/api/2.2/jobs/runs/submit", body=body)["run_id"]
        while True:
            run = api.do("GET", "/api/2.2/jobs/runs/get", query={"run_id": child})
            if run["state"]["life_cycle_state"] in ("TERMINATED", "SKIPPED", "INTERNAL_ERROR"):
                break
            time.sleep(_POLL_SECONDS)
        output = api.do("GET", "/api/2.2/jobs/runs/get-output", query={"run_id": run["tasks"][0]["run_id"]})
        if run["state"].get("result_state") != "SUCCESS":
            reason = output.get("error") or run["state"].get("state_message", "")
            raise WorkflowException(
                f"Notebook {target} (run {child}) ended {run['state'].get('result_state')}: {reason}"
            )
        return output.get("notebook_output", {}).get("result", "")


class Library:
    def restartPython(self) -> None:  # noqa: N802
        raise PythonRestart


class Refused:
    """A part of dbutils that the local workspace has no engine for."""

    def __init__(self, what: str, advice: str):
        self._what, self._advice = what, advice

    def __getattr__(self, name: str):
        raise NotImplementedError(f"{self._what}.{name} is not served by the local workspace. {self._advice}")


class DBUtils:
    """dbutils: widgets, notebook, jobs, fs and library; secrets and the rest are refused with a reason."""

    def __init__(self):
        self.widgets = Widgets()
        self.notebook = Notebook()
        self.jobs = Jobs(json.loads(os.environ.get("LOCAL_WORKSPACE_TASK_VALUES", "{}")))
        self.fs = FileSystem()
        self.library = Library()
        self.secrets = Refused("dbutils.secrets", "Give the value through a widget or the connection instead.")
        self.data = Refused("dbutils.data", "Use display or pandas.")
        self.credentials = Refused("dbutils.credentials", "There are no cloud credentials here.")

    def __getattr__(self, name: str):
        raise NotImplementedError(f"dbutils.{name} is not served by the local workspace. See docs/parity.md.")
