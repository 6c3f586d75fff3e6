"""What `airflow dags test` prints, made readable: tasks as they go, their progress, errors in full, a table at the end.

The lines are Airflow 3.3's log lines (seen 2026-11-23); everything goes to the log file as it came.
"""

import json
import re
import time
from collections.abc import Iterable
from pathlib import Path

_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z \[(\w+)\s*\] (.*)$")
_STARTING = re.compile(r"\[DAG TEST\] starting task_id=(\S+) map_index=(\S+)")
_STATE = re.compile(r"^Task instance state updated .*new_state=(\w+)")
_ENDED = re.compile(r"\[DAG TEST\] end task task_id=(\S+) map_index=(\S+)")
_TAIL = re.compile(r"\s+\[[\w.]+\]( \w+=\S+)* loc=\S+.*$")
_EXCEPTION = re.compile(r"^[\w.]+(Error|Exception|Failed|Exit|Interrupt)\b")
_REPORT = "report: "
_FINAL = ("success", "failed", "skipped", "up_for_retry", "upstream_failed")
_ERROR_LINES = 40


class DagOutput:
    """Follows the output of one run. `secrets` are blotted out wherever they occur."""

    def __init__(self, log: Path, secrets: list[str]):
        self.log = log
        self.report: dict = {}
        self.tasks: dict[str, dict] = {}
        self._secrets = [secret for secret in secrets if secret]
        self._task: str | None = None
        self._began = time.monotonic()
        self._error: list[str] | None = None

    def follow(self, lines: Iterable[str]) -> None:
        with self.log.open("a", buffering=1) as sink:
            for raw in lines:
                line = raw.rstrip("\n")
                for secret in self._secrets:
                    line = line.replace(secret, "***")
                sink.write(line + "\n")
                self._take(line)

    def _take(self, line: str) -> None:
        stamped = _STAMP.match(line)
        if not stamped:
            if self._error is not None:
                self._error.append(line)
            return
        self._show_error()
        level, text = stamped.groups()
        if found := _STARTING.search(text):
            self._task = _name(found)
            self.tasks.setdefault(self._task, {"state": "running", "started": time.monotonic(), "seconds": 0.0})
        elif (found := _STATE.match(text)) and self._task and found[1] in _FINAL:
            self.tasks[self._task]["state"] = found[1]
        elif found := _ENDED.search(text):
            self._end(_name(found))
        elif text.startswith("progress: "):
            self._say(f"    {_TAIL.sub('', text.removeprefix('progress: '))}")
        elif text.startswith(_REPORT):
            self.report = json.loads(_TAIL.sub("", text.removeprefix(_REPORT)))
        elif text.startswith("Task failed with exception"):
            self._error = []
        elif level in ("error", "critical"):
            self._say(f"    {level}: {_TAIL.sub('', text)}")

    def _end(self, task_id: str) -> None:
        task = self.tasks[task_id]
        task["seconds"] = time.monotonic() - task["started"]
        self._say(f"{_MARKS.get(task['state'], '?')} {task_id}  {task['seconds']:.1f} s")

    def _show_error(self) -> None:
        """The end of a traceback: the exception itself, in full up to some lines."""
        if not self._error:
            return
        lines = [line for line in self._error if line.strip()]
        first = next(
            (i for i in range(len(lines) - 1, -1, -1) if re.match(r"^[\w.]+(Error|Exception|Failed)\b", lines[i])), 0
        )
        for line in lines[first : first + _ERROR_LINES]:
            self._say(f"    error: {line}")
        self._error = None

    def _say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:6.1f}s  {text}", flush=True)

    def seconds(self, step: str) -> float:
        """What the tasks of a step (a task group, or a task outside of any) took together."""
        return sum(task["seconds"] for task in self._steps()[step])

    def _steps(self) -> dict[str, list[dict]]:
        groups: dict[str, list[dict]] = {}
        for task_id, task in self.tasks.items():
            groups.setdefault(task_id.split(".")[0], []).append(task)
        return groups

    def summary(self, seconds: float) -> str:
        """The table of the steps, the day's KPIs, and how long all of it took."""
        lines = ["", f"{'step':40} {'state':10} {'seconds':>8}"]
        for name, tasks in self._steps().items():
            lines.append(f"{name:40} {_state(tasks):10} {self.seconds(name):8.1f}")
        lines.append(f"{'all, with starting Airflow and the engines':40} {'':8} {seconds:8.1f}")
        if self.report:
            lines += ["", f"{'KPIs of ' + self.report['business_date']:40}"]
            lines += [f"  {name:38} {value:>18}" for name, value in self.report["kpis"].items()]
        return "\n".join(lines)


_MARKS = {"success": "ok  ", "failed": "FAIL", "skipped": "skip", "up_for_retry": "try ", "upstream_failed": "----"}


def _name(found: re.Match) -> str:
    """The task, with its place where it is one of several of a mapped task."""
    task_id, place = found.groups()
    return task_id if place == "-1" else f"{task_id}[{place}]"


def _state(tasks: list[dict]) -> str:
    states = {task["state"] for task in tasks}
    for state in ("failed", "upstream_failed", "running", "up_for_retry"):
        if state in states:
            return state
    return "skipped" if states == {"skipped"} else "success"
