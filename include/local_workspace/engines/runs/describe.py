"""Runs and their output as the Jobs API answers them."""

from pathlib import Path
from typing import TYPE_CHECKING

from .states import describe as describe_state
from .states import final

if TYPE_CHECKING:
    from ...context import Workspace

_LOG_BYTES = 1024 * 1024


def run(ws: "Workspace", doc: dict, tasks: list[dict], full: bool = True) -> dict:
    """A job run; `tasks` are the attempts to show, `full` adds them."""
    answer = {
        "job_id": doc["job_id"], "run_id": doc["run_id"], "job_run_id": doc["run_id"], "number_in_job": doc["run_id"],
        "original_attempt_run_id": doc["run_id"], "attempt_number": 0, "creator_user_name": doc["creator"],
        "run_name": doc["run_name"], "run_type": doc["run_type"], "trigger": doc["trigger"], "format": "MULTI_TASK",
        "run_page_url": f"{ws.host}/#job/{doc['job_id']}/run/{doc['run_id']}", **_times(doc), **describe_state(doc),
        "run_duration": (doc["end_time"] or doc["start_time"]) - doc["start_time"],
    }  # fmt: skip
    parameters = [{"name": name, "default": doc["job_defaults"].get(name, ""), "value": value}
                  for name, value in doc["job_parameters"].items()]  # fmt: skip
    if parameters:
        answer["job_parameters"] = parameters
    if doc["notebook_params"]:
        answer["overriding_parameters"] = {"notebook_params": doc["notebook_params"]}
    if full:
        answer["tasks"] = [task(ws, doc, attempt) for attempt in tasks]
    return answer


def task(ws: "Workspace", run_doc: dict, doc: dict) -> dict:
    """One attempt of a task, as an item of a run's tasks."""
    spec = {**doc["spec"], **_resolved(doc)}
    if "condition_task" in spec and "outcome" in doc["output"]:
        spec["condition_task"] = {**spec["condition_task"], "outcome": doc["output"]["outcome"]}
    return {
        **spec, "run_id": doc["run_id"], "attempt_number": doc["attempt_number"],
        "run_if": spec.get("run_if", "ALL_SUCCESS"),
        "run_page_url": f"{ws.host}/#job/{run_doc['job_id']}/run/{doc['run_id']}", **_times(doc), **describe_state(doc),
    }  # fmt: skip


def task_run(ws: "Workspace", run_doc: dict, doc: dict) -> dict:
    """A run of one task, asked for by its own id."""
    shown = task(ws, run_doc, doc)
    keep = ("run_id", "attempt_number", "run_page_url", "start_time", "end_time", "setup_duration",
            "execution_duration", "cleanup_duration", "state", "status")  # fmt: skip
    return {
        **{name: shown[name] for name in keep}, "job_id": run_doc["job_id"], "job_run_id": run_doc["run_id"],
        "number_in_job": doc["run_id"], "original_attempt_run_id": doc["run_id"], "run_name": doc["task_key"],
        "creator_user_name": run_doc["creator"], "run_type": run_doc["run_type"], "trigger": run_doc["trigger"],
        "run_duration": (doc["end_time"] or doc["start_time"]) - doc["start_time"], "tasks": [shown],
    }  # fmt: skip


def repairs(doc: dict, attempts: list[dict]) -> list[dict]:
    """The history that `include_history` asks for: the original and each repair."""
    repaired = {number for repair in doc["repairs"] for number in repair["task_run_ids"]}
    original = {
        "type": "ORIGINAL", "start_time": doc["start_time"],
        "end_time": doc["repairs"][0]["start_time"] if doc["repairs"] else doc["end_time"],
        "task_run_ids": [attempt["run_id"] for attempt in attempts if attempt["run_id"] not in repaired],
        **describe_state({"state": doc["original_state"] or doc["state"]}),
    }  # fmt: skip
    later = [
        {"type": "REPAIR", "id": repair["id"], "start_time": repair["start_time"],
         "end_time": repair.get("end_time", 0), "task_run_ids": repair["task_run_ids"],
         **describe_state({"state": repair.get("state") or doc["state"]})}
        for repair in doc["repairs"]
    ]  # fmt: skip
    return [original, *later]


def output(ws: "Workspace", run_doc: dict, doc: dict) -> dict:
    """What get-output answers, also while the task runs (the cloud gives logs at the end only)."""
    logs, truncated = _tail(ws.home.runs / str(doc["run_id"]) / "output.log")
    answer = {"metadata": task_run(ws, run_doc, doc), "logs": logs, "logs_truncated": truncated}
    answer |= {name: value for name, value in doc["output"].items() if name.endswith("_output")}
    if "notebook_task" in doc["spec"]:
        answer.setdefault("notebook_output", {})
    if final(doc) and doc["error"]:
        answer |= {"error": doc["error"], "error_trace": doc["error_trace"]}
    return answer


def _tail(log: Path) -> tuple[str, bool]:
    """The end of a log, from the beginning of a line."""
    if not log.exists():
        return "", False
    with log.open("rb") as source:
        size = source.seek(0, 2)
        source.seek(max(0, size - _LOG_BYTES))
        data = source.read()
    if size <= _LOG_BYTES:
        return data.decode("utf-8", "replace"), False
    return data.partition(b"\n")[2].decode("utf-8", "replace"), True


def _resolved(doc: dict) -> dict:
    return {name: value for name, value in (doc["resolved"] or {}).items() if name.endswith("_task")}


def _times(doc: dict) -> dict:
    return {
        "start_time": doc["start_time"], "end_time": doc["end_time"], "setup_duration": doc["setup_duration"],
        "execution_duration": doc["execution_duration"], "cleanup_duration": 0,
    }  # fmt: skip
