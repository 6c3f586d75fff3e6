"""One attempt of one task, by kind: what it runs, how it is cancelled, how its end is told."""

import contextlib
import threading
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from ...api.warehouses import require
from ...errors import ApiError
from ...runtime.dbruntime.paths import BadPath, workspace_path
from ...runtime.dbruntime.sqltext import markers, split
from .. import workers
from ..workers import WorkerDied
from .specs import dependencies
from .states import FINAL, Outcome

if TYPE_CHECKING:
    from ...context import Workspace

_FAILED = "Workload failed, see run output for details"
_POLL_SECONDS = 0.2
_LAST_SECONDS = 3.0
_REASONS = {"CANCELED": "Run cancelled.", "TIMEDOUT": "Timed out: the task ran longer than timeout_seconds."}


class Attempt:
    """Base: `run` blocks until the task has ended; `cancel` may be called from another thread at any time."""

    def __init__(self, ws: "Workspace", run: dict, task: dict, spec: dict):
        self.ws = ws
        self.job_run = run
        self.task = task
        self.spec = spec
        self.stopped: str | None = None
        self._cancelled = threading.Event()

    def run(self) -> Outcome:
        """The outcome; never raises for what user code or a wrong specification did."""
        if self.stopped:
            return self.interrupted()
        try:
            outcome = self.work()
        except BadPath as error:
            outcome = failed(str(error), code="RESOURCE_NOT_FOUND")
        except (ApiError, WorkerDied, OSError) as error:
            outcome = failed(str(error))
        return self.interrupted(outcome) if self.stopped else outcome

    def cancel(self, reason: str) -> None:
        """End it as CANCELED or TIMEDOUT."""
        if not self.stopped:
            self.stopped = reason
            self._cancelled.set()
            self.interrupt()

    def interrupted(self, outcome: Outcome | None = None) -> Outcome:
        message = _REASONS[self.stopped]
        return Outcome(self.stopped, message, error=message, output=outcome.output if outcome else {})

    def work(self) -> Outcome:
        raise NotImplementedError

    def interrupt(self) -> None:
        """Stop what `work` has started."""


class ProcessAttempt(Attempt):
    """A notebook or a Python file, in a process of its own."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._worker: workers.Worker | None = None
        self._ready = threading.Lock()
        self._logs: list[dict] = []

    def work(self) -> Outcome:
        pool = workers.of(self.ws)
        session_id = workers.new_session()
        job = self._job(pool.environment(session_id))
        with self._ready:
            if self.stopped:
                return self.interrupted()
            self._worker = pool.take()
        last = pool.run(self._worker, job, session_id, self._event)
        if last["event"] == "failed":
            return failed(last["error"], last["error_trace"])
        output = {}
        if last["result"] is not None:
            output["notebook_output"] = {"result": last["result"], "truncated": last["truncated"]}
        return Outcome("SUCCESS", output=output)

    def interrupt(self) -> None:
        with self._ready:
            worker = self._worker
        if worker:
            # The queries first: a client that is killed leaves its query running (seen 2026-11 with Spark 4.2).
            with contextlib.suppress(Exception):
                worker.interrupt(self.ws.spark)
            worker.ask()
            threading.Timer(_LAST_SECONDS, worker.end, [0]).start()

    def _event(self, event: dict) -> None:
        if event["event"] == "task_value":
            self.ws.store.update(
                "task_run", str(self.task["run_id"]),
                lambda doc: {**doc, "values": {**doc["values"], event["key"]: event["value"]}},
            )  # fmt: skip

    def _job(self, environment: dict) -> dict:
        folder = self.ws.home.runs / str(self.task["run_id"])
        folder.mkdir(parents=True, exist_ok=True)
        wanted = dependencies(self.spec, self.job_run["environments"])
        environment["LOCAL_WORKSPACE_TASK_VALUES"] = self.task["known_values"]
        common = {
            "run_id": self.task["run_id"], "environment": environment, "folder": str(folder),
            "log": str(folder / "output.log"), "dependencies": wanted,
        }  # fmt: skip
        if "notebook_task" in self.spec:
            given = self.spec["notebook_task"]
            parameters = {**given.get("base_parameters", {}), **self.job_run["notebook_params"]}
            parameters |= self.job_run["job_parameters"]
            return {"kind": "notebook", "path": given["notebook_path"], "parameters": parameters, **common}
        given = self.spec["spark_python_task"]
        arguments = [str(value) for value in given.get("parameters", [])]
        return {"kind": "python", "path": given["python_file"], "arguments": arguments, **common}


class SqlAttempt(Attempt):
    """The statements of a SQL file, one after the other, on a warehouse."""

    _statement: str | None = None

    def work(self) -> Outcome:
        given = self.spec["sql_task"]
        file = self.ws.home.files / workspace_path(given["file"]["path"]).lstrip("/")
        if not file.is_file():
            raise BadPath(f"SQL file {given['file']['path']} does not exist in the workspace.")
        require(self.ws, given["warehouse_id"], start=True)
        values = {**given.get("parameters", {}), **self.job_run["job_parameters"]}
        text = file.read_text()
        done: list[dict] = []
        output = {"sql_output": {"query_output": {"query_text": text, "warehouse_id": given["warehouse_id"],
                                                  "sql_statements": done}}}  # fmt: skip
        for line, statement in split(text):
            if self.stopped:
                break
            names = markers(statement) & values.keys()
            fields = {
                "statement": statement, "warehouse_id": given["warehouse_id"],
                "parameters": [{"name": name, "value": str(values[name])} for name in sorted(names)],
            }  # fmt: skip
            self._statement = self.ws.statements.submit(fields)
            done.append({"lookup_key": self._statement})
            answer = self._wait(self._statement)
            if answer["status"]["state"] != "SUCCEEDED" and not self.stopped:
                error = answer["status"].get("error") or {"message": f"The statement is {answer['status']['state']}."}
                outcome = failed(
                    f"{error['message']}\n  at {given['file']['path']}, line {line + 1}: {statement[:200]}"
                )
                return Outcome(outcome.result, outcome.message, outcome.error, outcome.trace, output)
        return Outcome("SUCCESS", output=output)

    def interrupt(self) -> None:
        if self._statement:
            self.ws.statements.cancel(self._statement)

    def _wait(self, statement_id: str) -> dict:
        while True:
            answer = self.ws.statements.wait(statement_id, 5.0)
            if answer["status"]["state"] not in ("PENDING", "RUNNING"):
                return answer


class PipelineAttempt(Attempt):
    """One update of a pipeline."""

    def work(self) -> Outcome:
        given = self.spec["pipeline_task"]
        names = ("full_refresh", "full_refresh_selection", "refresh_selection", "refresh_flow_selection",
                 "reset_checkpoint_selection", "parameters")  # fmt: skip
        fields = {name: given[name] for name in names if given.get(name) is not None}
        update_id = self.ws.updates.start(given["pipeline_id"], fields, cause="JOB_TASK")
        while True:
            update = self.ws.updates.wait(update_id, 1.0)
            if update["state"] in ("COMPLETED", "FAILED", "CANCELED"):
                break
        if update["state"] == "COMPLETED":
            return Outcome("SUCCESS")
        if update["state"] == "CANCELED":
            return Outcome("CANCELED", f"Update {update_id} was cancelled.")
        events = self.ws.updates.events.find(given["pipeline_id"], "level = 'ERROR'")
        message = next((event["message"] for event in events if event["origin"].get("update_id") == update_id), "")
        return failed(f"Pipeline update {update_id} failed. {message}")

    def interrupt(self) -> None:
        self.ws.updates.cancel(self.spec["pipeline_task"]["pipeline_id"])


class RunJobAttempt(Attempt):
    """A run of another job."""

    _run_id: int | None = None

    def work(self) -> Outcome:
        given = self.spec["run_job_task"]
        self._run_id = self.ws.runs.run_now(int(given["job_id"]), given, trigger="RUN_JOB_TASK")
        output = {"run_job_output": {"run_id": self._run_id}}
        while True:
            run = self.ws.runs.wait(self._run_id, 1.0)
            if run["state"]["life"] in FINAL:
                break
        if run["state"]["result"] == "SUCCESS":
            return Outcome("SUCCESS", output=output)
        message = (
            f"Run {self._run_id} of job {given['job_id']} ended {run['state']['result']}: {run['state']['message']}"
        )
        return Outcome("FAILED", _FAILED, message, message, output)

    def interrupt(self) -> None:
        if self._run_id:
            self.ws.runs.cancel(self._run_id)


class ConditionAttempt(Attempt):
    """A comparison; numbers are compared as numbers for order, texts as texts for equality."""

    def work(self) -> Outcome:
        given = self.spec["condition_task"]
        left, right, op = str(given["left"]), str(given["right"]), given["op"]
        if op in ("EQUAL_TO", "NOT_EQUAL"):
            holds = (left == right) == (op == "EQUAL_TO")
        else:
            try:
                first, second = Decimal(left), Decimal(right)
            except InvalidOperation:
                return failed(f"condition_task: {op} compares numbers, got {left!r} and {right!r}.")
            holds = {"GREATER_THAN": first > second, "GREATER_THAN_OR_EQUAL": first >= second,
                     "LESS_THAN": first < second, "LESS_THAN_OR_EQUAL": first <= second}[op]  # fmt: skip
        return Outcome("SUCCESS", output={"outcome": str(holds).lower()})


def failed(error: str, trace: str | None = None, code: str | None = None) -> Outcome:
    """A failure as Databricks words it: the message is general, the output has the error."""
    life = "INTERNAL_ERROR" if code else "TERMINATED"
    return Outcome("FAILED", error if code else _FAILED, error, trace or error, life=life, code=code)


OF_KIND = {
    "notebook_task": ProcessAttempt, "spark_python_task": ProcessAttempt, "sql_task": SqlAttempt,
    "pipeline_task": PipelineAttempt, "run_job_task": RunJobAttempt, "condition_task": ConditionAttempt,
}  # fmt: skip
