"""Drives one job run: starts each task when what it depends on has ended, retries, cancels, and sums up."""

import json
import logging
import threading
import time
from typing import TYPE_CHECKING

from .attempts import OF_KIND, Attempt, ProcessAttempt
from .references import References
from .states import Outcome, final, state

if TYPE_CHECKING:
    from .runs import Runs

log = logging.getLogger(__name__)
_POLL_SECONDS = 0.2


class Driver:
    """One run under way. `keys` are the tasks to run now; others (in a repair) keep how they ended."""

    def __init__(self, runs: "Runs", run: dict, keys: set[str]):
        self._runs = runs
        self._store = runs.ws.store
        self._run = run
        self._keys = keys
        self._specs = {spec["task_key"]: spec for spec in run["specs"]}
        self._attempts: dict[str, Attempt] = {}
        self._wake = threading.Condition()
        self._started: set[str] = set()
        self._stopped: str | None = None

    def drive(self) -> None:
        """Run until every task has ended; the run's document is final then."""
        limit = self._run["timeout_seconds"]
        timer = threading.Timer(limit, self.cancel, ["TIMEDOUT"]) if limit and limit > 0 else None
        if timer:
            timer.daemon = True
            timer.start()
        with self._wake:
            while not all(final(doc) for doc in self._newest().values()) or self._attempts:
                self._start_ready()
                self._wake.wait(1.0)
        if timer:
            timer.cancel()
        self._sum_up()

    def cancel(self, reason: str = "CANCELED") -> None:
        """End every task that has not ended."""
        with self._wake:
            if self._stopped:
                return
            self._stopped = reason
            self._runs.set_state("run", self._run["run_id"], state("TERMINATING"))
            attempts = list(self._attempts.values())
            self._wake.notify_all()
        for attempt in attempts:
            attempt.cancel(reason)

    def _newest(self) -> dict[str, dict]:
        return self._runs.newest_attempts(self._run["run_id"])

    def _start_ready(self) -> None:
        for key, task in self._newest().items():
            if key in self._started or key not in self._keys or final(task):
                continue
            decision = Outcome("CANCELED", "Run cancelled.") if self._stopped else self._decide(key)
            if decision is None:
                continue
            self._started.add(key)
            if isinstance(decision, Outcome):
                self._runs.finish_task(task["run_id"], decision)
                self._wake.notify_all()
            else:
                threading.Thread(target=self._task, args=(task,), name=f"task-{task['run_id']}", daemon=True).start()

    def _decide(self, key: str) -> "Outcome | bool | None":
        """True to run the task, an Outcome to leave it out, None to wait."""
        spec, tasks = self._specs[key], self._newest()
        edges = spec.get("depends_on") or []
        upstream = [tasks[edge["task_key"]] for edge in edges]
        if not all(final(doc) for doc in upstream):
            return None
        results = [_result(doc, edge.get("outcome")) for doc, edge in zip(upstream, edges, strict=True)]
        good = [result == "SUCCESS" for result in results]
        bad = [
            result in ("FAILED", "TIMEDOUT", "CANCELED", "UPSTREAM_FAILED", "UPSTREAM_CANCELED") for result in results
        ]
        rule = spec.get("run_if", "ALL_SUCCESS")
        runs = not edges or {
            "ALL_SUCCESS": all(good), "ALL_DONE": True, "NONE_FAILED": not any(bad) and any(good),
            "AT_LEAST_ONE_SUCCESS": any(good), "ALL_FAILED": all(bad), "AT_LEAST_ONE_FAILED": any(bad),
        }[rule]  # fmt: skip
        if runs:
            return True
        if rule in ("ALL_FAILED", "AT_LEAST_ONE_FAILED") or not any(bad):
            return Outcome("EXCLUDED", f"The run_if condition {rule} was not met.", life="SKIPPED")
        cancelled = all(
            result in ("CANCELED", "UPSTREAM_CANCELED") for result, fails in zip(results, bad, strict=True) if fails
        )
        kind = "UPSTREAM_CANCELED" if cancelled else "UPSTREAM_FAILED"
        return Outcome(
            kind, "An upstream task was canceled." if cancelled else "An upstream task failed.", life="SKIPPED"
        )

    def _task(self, task: dict) -> None:
        """A task with its retries. The newest attempt's document is final when this ends."""
        spec = self._specs[task["task_key"]]
        retries = spec.get("max_retries", 0)
        while True:
            try:
                outcome = self._attempt(task, spec)
            except Exception as error:
                log.exception("task run %s failed in the workspace", task["run_id"])
                text = f"{type(error).__name__}: {error}"
                outcome = Outcome("FAILED", text, text, text, life="INTERNAL_ERROR", code="INTERNAL_ERROR")
            again = outcome.result == "FAILED" or (outcome.result == "TIMEDOUT" and spec.get("retry_on_timeout"))
            tried = task["attempt_number"] - task["first_attempt"]
            with self._wake:
                self._attempts.pop(task["task_key"], None)
                if not again or self._stopped or (retries != -1 and tried >= retries):
                    self._runs.finish_task(task["run_id"], outcome)
                    self._wake.notify_all()
                    return
                waiting = self._runs.retry(task, outcome)
                self._wake.wait_for(lambda: self._stopped, spec.get("min_retry_interval_millis", 0) / 1000)
                task = waiting

    def _attempt(self, task: dict, spec: dict) -> Outcome:
        run_id = task["run_id"]
        others = self._newest()
        references = References(self._runs.ws.host, self._run, task, others)
        resolved = references.resolve(spec)
        known = json.dumps({key: doc["values"] for key, doc in others.items() if doc["values"]})
        attempt = OF_KIND[_kind(spec)](self._runs.ws, self._run, {**task, "known_values": known}, resolved)
        with self._wake:
            self._attempts[task["task_key"]] = attempt
            if self._stopped:
                attempt.cancel(self._stopped)
        if not self._slot(attempt):
            return attempt.interrupted()
        limit = spec.get("timeout_seconds") or 0
        timer = threading.Timer(limit, attempt.cancel, ["TIMEDOUT"]) if limit > 0 else None
        try:
            self._runs.begin_task(run_id, resolved)
            if timer:
                timer.daemon = True
                timer.start()
            return attempt.run()
        finally:
            if timer:
                timer.cancel()
            if self._bounded(attempt):
                self._runs.slots.release()

    def _slot(self, attempt: Attempt) -> bool:
        """Wait for one of the places for processes; False if the run was cancelled meanwhile."""
        if not self._bounded(attempt):
            return True
        while not self._runs.slots.acquire(timeout=_POLL_SECONDS):
            if attempt.stopped:
                return False
        return True

    def _bounded(self, attempt: Attempt) -> bool:
        # A notebook that another notebook waits for must not wait for the place that its parent holds.
        return isinstance(attempt, ProcessAttempt) and not self._run["parent_run_id"]

    def _sum_up(self) -> None:
        tasks = self._newest()
        needed = {edge["task_key"] for spec in self._specs.values() for edge in spec.get("depends_on") or []}
        leaves = [tasks[key]["state"]["result"] for key in self._specs if key not in needed]
        failures = [doc for doc in tasks.values() if doc["state"]["result"] in ("FAILED", "TIMEDOUT")]
        if self._stopped:
            text = "Run cancelled." if self._stopped == "CANCELED" else "Run timed out."
            done = state("TERMINATED", self._stopped, text)
        elif any(result in ("FAILED", "TIMEDOUT", "UPSTREAM_FAILED") for result in leaves):
            done = state("INTERNAL_ERROR", "FAILED", self._failures(failures), "RUN_EXECUTION_ERROR")
        elif any(result in ("CANCELED", "UPSTREAM_CANCELED") for result in leaves):
            done = state("TERMINATED", "CANCELED", "A task was cancelled.")
        elif failures:
            done = state("TERMINATED", "SUCCESS_WITH_FAILURES", self._failures(failures))
        else:
            done = state("TERMINATED", "SUCCESS")
        self._runs.finish_run(self._run["run_id"], done)

    def _failures(self, failures: list[dict]) -> str:
        skipped = any(doc["state"]["result"] == "UPSTREAM_FAILED" for doc in self._newest().values())
        texts = [f"Task {doc['task_key']} failed with message: {doc['state']['message']}." for doc in failures]
        return " ".join([*texts, "This caused all downstream tasks to get skipped."] if skipped else texts)


def _result(task: dict, outcome: str | None) -> str:
    """An edge of a condition task counts only if the condition came out as the edge says."""
    if outcome is not None and task["state"]["result"] == "SUCCESS":
        return "SUCCESS" if task["output"].get("outcome") == outcome.lower() else "EXCLUDED"
    return task["state"]["result"]


def _kind(spec: dict) -> str:
    return next(name for name in OF_KIND if name in spec)


def wait_until_final(look, seconds: float) -> dict:
    """Ask for a document until it is final or the time is over."""
    end = time.monotonic() + seconds
    while True:
        doc = look()
        if final(doc) or time.monotonic() >= end:
            return doc
        time.sleep(_POLL_SECONDS)
