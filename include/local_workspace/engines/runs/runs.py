"""All job runs of a workspace: their documents, what is under way, and the bounds on it."""

import logging
import shutil
import threading
import time
from typing import TYPE_CHECKING

from ...api.fields import flag, listing, mapping, text, whole
from ...errors import ApiError, invalid, missing
from .. import workers
from . import specs
from .driver import Driver, wait_until_final
from .states import LOST, Outcome, final, state

if TYPE_CHECKING:
    from ...context import Workspace

log = logging.getLogger(__name__)
_PROCESSES = 4
_TOKEN_LENGTH = 64


class Runs:
    """Documents of kind `run` (a job run) and `task_run` (an attempt of a task, under its run); a thread a run."""

    def __init__(self, ws: "Workspace"):
        self.ws = ws
        self.slots = threading.BoundedSemaphore(_PROCESSES)
        self._workers = workers.of(ws)
        self._drivers: dict[int, Driver] = {}
        self._lock = threading.RLock()

    def recover(self) -> None:
        """Report as failed what was under way when the workspace died; forget runs that ended long ago."""
        lost = state("INTERNAL_ERROR", "FAILED", LOST, "INTERNAL_ERROR")
        for task in self.ws.store.list("task_run"):
            if not final(task):
                self._end("task_run", task["run_id"], {"state": lost, "error": LOST, "error_trace": LOST})
        for run in self.ws.store.list("run"):
            if not final(run):
                self._end("run", run["run_id"], {"state": lost})
            elif run["end_time"] < _now() - workers.KEEP_MILLISECONDS:
                self.delete(run["run_id"])
        threading.Thread(target=self._workers.refill, daemon=True).start()

    def stop(self) -> None:
        """End all processes; the next start reports what they were doing."""
        self._workers.stop()

    def submit(self, fields: dict) -> int:
        """A one-time run: the fields of POST jobs/runs/submit. The same idempotency token gives the same run."""
        settings = {**fields, "name": text(fields, "run_name", "Untitled")}
        return self._once("submit", fields, lambda: self._start(settings, "SUBMIT_RUN", fields))

    def run_now(self, job_id: int, fields: dict, trigger: str = "ONE_TIME") -> int:
        """A run of a stored job: the fields of POST jobs/run-now."""
        job = self.ws.store.get("job", str(job_id))
        if job is None:
            raise missing(f"Job {job_id} does not exist.", "INVALID_PARAMETER_VALUE")
        start = lambda: self._start(job["settings"], "JOB_RUN", fields, job_id, trigger)  # noqa: E731
        return self._once("run-now", fields, start)

    def get(self, run_id: int) -> dict:
        doc = self.ws.store.get("run", str(run_id))
        if doc is None:
            raise invalid(f"Run {run_id} does not exist.")
        return doc

    def task(self, run_id: int) -> dict | None:
        return self.ws.store.get("task_run", str(run_id))

    def attempts(self, run_id: int) -> list[dict]:
        """All attempts of all tasks of a run, in the order in which they were made."""
        return self.ws.store.list("task_run", str(run_id))

    def newest_attempts(self, run_id: int) -> dict[str, dict]:
        """The newest attempt of each task, by task key."""
        return {doc["task_key"]: doc for doc in self.attempts(run_id)}

    def wait(self, run_id: int, seconds: float) -> dict:
        """The run as soon as it has ended, or as it is after `seconds`."""
        return wait_until_final(lambda: self.get(run_id), seconds)

    def cancel(self, run_id: int) -> None:
        """Cancel a run (also named by one of its tasks' runs) and the runs that its notebooks started."""
        task = self.task(run_id)
        run_id = task["job_run_id"] if task else self.get(run_id)["run_id"]
        with self._lock:
            driver = self._drivers.get(run_id)
        if driver:
            driver.cancel()
        elif not final(self.get(run_id)):
            self._cancel_queued(run_id)
        mine = {doc["run_id"] for doc in self.attempts(run_id)}
        for run in self.ws.store.list("run"):
            if run["parent_run_id"] in mine and not final(run):
                self.cancel(run["run_id"])

    def cancel_all(self, job_id: int | None, queued_only: bool = False) -> None:
        """Cancel the active runs of a job, or all queued runs."""
        for run in self.ws.store.list("run", None if job_id is None else str(job_id)):
            if not final(run) and (not queued_only or run["state"]["life"] == "QUEUED"):
                self.cancel(run["run_id"])

    def repair(self, run_id: int, keys: set[str], fields: dict) -> int:
        """Run tasks of an ended run again; returns the id of the repair."""
        with self._lock:
            run = self.get(run_id)
            repair_id = self.ws.store.next_number("repair")
            run["job_parameters"] |= _texts(mapping(fields, "job_parameters"))
            run["notebook_params"] |= _texts(mapping(fields, "notebook_params"))
            old = self.newest_attempts(run_id)
            made = [self._add_task(run, spec, old[spec["task_key"]]["attempt_number"] + 1)
                    for spec in run["specs"] if spec["task_key"] in keys]  # fmt: skip
            run["repairs"].append(
                {"id": repair_id, "start_time": _now(), "task_run_ids": [task["run_id"] for task in made]}
            )
            self.ws.store.update("run", str(run_id), {**run, "state": state("PENDING"), "end_time": 0})
            self._launch(self.get(run_id), keys)
        return repair_id

    def delete(self, run_id: int) -> None:
        """Forget a run that has ended, with its output."""
        if not final(self.get(run_id)):
            raise ApiError("INVALID_STATE", f"Run {run_id} is active. Cancel it first.")
        with self.ws.store.transaction():
            for task in self.attempts(run_id):
                self.ws.store.delete("task_run", str(task["run_id"]))
                shutil.rmtree(self.ws.home.runs / str(task["run_id"]), ignore_errors=True)
            self.ws.store.delete("run", str(run_id))

    def set_state(self, kind: str, run_id: int, new: dict) -> None:
        """Change the state of a document that is not final."""
        self.ws.store.update(kind, str(run_id), lambda doc: doc if final(doc) else {**doc, "state": new})

    def begin_task(self, run_id: int, resolved: dict) -> None:
        """An attempt has got its place and runs."""
        now = _now()
        task = self.ws.store.update(
            "task_run", str(run_id),
            lambda doc: {**doc, "resolved": resolved, "begun": now, "state": state("RUNNING"),
                         "setup_duration": now - doc["start_time"]},
        )  # fmt: skip
        self.ws.store.update("run", str(task["job_run_id"]), lambda doc: _running(doc, now))

    def finish_task(self, run_id: int, outcome: Outcome) -> None:
        found = {
            "state": outcome.state(),
            "error": outcome.error,
            "error_trace": outcome.trace,
            "output": outcome.output,
        }
        self._end("task_run", run_id, found)

    def retry(self, task: dict, outcome: Outcome) -> dict:
        """End an attempt that failed and add the next one; returns that."""
        self.finish_task(task["run_id"], outcome)
        following = self._add_task(
            self.get(task["job_run_id"]), task["spec"], task["attempt_number"] + 1, task["first_attempt"]
        )
        self.set_state("task_run", following["run_id"], state("WAITING_FOR_RETRY"))
        return following

    def finish_run(self, run_id: int, done: dict) -> None:
        def end(doc: dict) -> dict:
            if doc["repairs"]:
                doc["repairs"][-1] |= {"end_time": _now(), "state": done}
            else:
                doc["original_state"] = done
            return doc

        with self._lock:
            self._drivers.pop(run_id, None)
            self.ws.store.update("run", str(run_id), end)
            run = self._end("run", run_id, {"state": done})
            self._start_queued(run["job_id"])

    def _once(self, kind: str, fields: dict, start) -> int:
        token = fields.get("idempotency_token")
        if not token:
            return start()
        if len(str(token)) > _TOKEN_LENGTH:
            raise invalid(f"idempotency_token may have {_TOKEN_LENGTH} characters at most.")
        with self._lock:
            known = self.ws.store.get("run_token", f"{kind}/{token}")
            if known:
                self.get(known["run_id"])
                return known["run_id"]
            with self.ws.store.transaction():
                run_id = start()
                self.ws.store.insert("run_token", f"{kind}/{token}", {"run_id": run_id})
            return run_id

    def _start(
        self, settings: dict, run_type: str, fields: dict, job_id: int | None = None, trigger: str = "ONE_TIME"
    ) -> int:
        tasks = specs.tasks({**settings, "run_name": settings.get("name")})
        for task in tasks:
            specs.dependencies(task, listing(settings, "environments"))
        with self._lock, self.ws.store.transaction():
            run_id = self.ws.store.next_number("run")
            defaults = {entry["name"]: str(entry.get("default", "")) for entry in listing(settings, "parameters")}
            run = {
                "run_id": run_id, "job_id": job_id or self.ws.store.next_number("run"),
                "run_name": settings.get("name") or "Untitled", "run_type": run_type, "trigger": trigger,
                "creator": self.ws.user, "start_time": _now(), "end_time": 0, "setup_duration": 0,
                "execution_duration": 0, "state": state("PENDING"), "specs": tasks, "repairs": [],
                "original_state": None,
                "timeout_seconds": whole(settings, "timeout_seconds", 0, low=0),
                "environments": listing(settings, "environments"), "job_defaults": defaults,
                "job_parameters": {**defaults, **_texts(mapping(fields, "job_parameters"))},
                "notebook_params": _texts(mapping(fields, "notebook_params")),
                "parent_run_id": fields.get("parent_run_id") if run_type == "SUBMIT_RUN" else None,
            }  # fmt: skip
            if run["parent_run_id"]:
                run["run_type"] = "WORKFLOW_RUN"
            self._admit(run, settings)
            self.ws.store.insert("run", str(run_id), run, parent=str(run["job_id"]))
            if final(run):
                return run_id
            for spec in tasks:
                self._add_task(run, spec)
            if run["state"]["life"] != "QUEUED":
                self._launch(run, {spec["task_key"] for spec in tasks})
        return run_id

    def _admit(self, run: dict, settings: dict) -> None:
        """A job runs as often at once as max_concurrent_runs says; beyond that a run is queued, or skipped."""
        limit = whole(settings, "max_concurrent_runs", 1, low=0)
        active = [doc for doc in self.ws.store.list("run", str(run["job_id"])) if not final(doc)]
        if run["run_type"] == "JOB_RUN" and len(active) >= limit:
            text = f"Maximum concurrent runs of {limit} reached."
            if limit and flag(mapping(settings, "queue"), "enabled"):
                run["state"] = state("QUEUED", message=text)
            else:
                run["state"] = state("SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED", text)
                run["end_time"] = run["start_time"]

    def _start_queued(self, job_id: int) -> None:
        for run in self.ws.store.list("run", str(job_id)):
            if run["state"]["life"] == "QUEUED":
                self.set_state("run", run["run_id"], state("PENDING"))
                self._launch(self.get(run["run_id"]), {spec["task_key"] for spec in run["specs"]})
                return

    def _cancel_queued(self, run_id: int) -> None:
        outcome = Outcome("CANCELED", "Run cancelled.")
        for task in self.attempts(run_id):
            self.finish_task(task["run_id"], outcome)
        self._end("run", run_id, {"state": outcome.state()})

    def _launch(self, run: dict, keys: set[str]) -> None:
        driver = Driver(self, run, keys)
        self._drivers[run["run_id"]] = driver
        threading.Thread(target=self._drive, args=(run, driver), name=f"run-{run['run_id']}", daemon=True).start()

    def _drive(self, run: dict, driver: Driver) -> None:
        with self._lock:
            pass  # until the documents that `driver` looks for are committed
        try:
            driver.drive()
        except Exception as error:
            log.exception("run %s failed in the workspace", run["run_id"])
            text = f"{type(error).__name__}: {error}"
            self.finish_run(run["run_id"], state("INTERNAL_ERROR", "FAILED", text, "INTERNAL_ERROR"))

    def _add_task(self, run: dict, spec: dict, attempt: int = 0, first: int | None = None) -> dict:
        run_id = self.ws.store.next_number("run")
        task = {
            "run_id": run_id, "job_run_id": run["run_id"], "task_key": spec["task_key"], "attempt_number": attempt,
            "first_attempt": attempt if first is None else first, "start_time": _now(), "end_time": 0,
            "setup_duration": 0, "execution_duration": 0, "values": {}, "output": {}, "error": None,
            "error_trace": None,
            "resolved": None, "begun": None, "state": state("BLOCKED" if spec.get("depends_on") else "PENDING"),
            "spec": spec,
        }  # fmt: skip
        return self.ws.store.insert("task_run", str(run_id), task, parent=str(run["run_id"]))

    def _end(self, kind: str, run_id: int, changes: dict) -> dict:
        """Make a document final, once; later ends are ignored."""
        now = _now()

        def end(doc: dict) -> dict:
            if final(doc):
                return doc
            begun = doc.get("begun") or now
            return {**doc, **changes, "end_time": now, "execution_duration": now - begun}

        return self.ws.store.update(kind, str(run_id), end)


def _running(run: dict, now: int) -> dict:
    if run["state"]["life"] != "PENDING":
        return run
    return {**run, "state": state("RUNNING"), "begun": now, "setup_duration": now - run["start_time"]}


def _texts(values: dict) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}


def _now() -> int:
    return int(time.time() * 1000)
