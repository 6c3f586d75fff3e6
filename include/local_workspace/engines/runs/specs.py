"""The tasks that a request asks for, checked before anything runs."""

import re

from ...api.fields import flag, listing, mapping, text, whole
from ...errors import invalid, refused

KINDS = ("notebook_task", "spark_python_task", "sql_task", "pipeline_task", "run_job_task", "condition_task")
RUN_IF = ("ALL_SUCCESS", "ALL_DONE", "NONE_FAILED", "AT_LEAST_ONE_SUCCESS", "ALL_FAILED", "AT_LEAST_ONE_FAILED")
_TASK_KEY = re.compile(r"[\w-]{1,100}")
_SINGLE = (
    "libraries", "existing_cluster_id", "new_cluster", "timeout_seconds", "max_retries", "min_retry_interval_millis",
    "retry_on_timeout", "environment_key", "job_cluster_key",
)  # fmt: skip


def tasks(fields: dict) -> list[dict]:
    """The tasks of a request. A body of the older shape has one task at its top level: it is named as the run."""
    given = listing(fields, "tasks")
    if not given:
        kind = _kind(fields)
        single = {name: fields[name] for name in (kind, *_SINGLE) if fields.get(name) is not None}
        return [_task({**single, "task_key": text(fields, "run_name", "Untitled")}, {}, legacy=True)]
    environments = {entry["environment_key"]: entry.get("spec") or {} for entry in listing(fields, "environments")}
    found = [_task(task, environments) for task in given]
    _check_graph(found)
    return found


def _task(task: object, environments: dict, legacy: bool = False) -> dict:
    if not isinstance(task, dict):
        raise invalid("Each task must be an object with a task_key.")
    task = {name: value for name, value in task.items() if value is not None}
    key = text(task, "task_key")
    if not legacy and not _TASK_KEY.fullmatch(key):
        raise invalid(f"task_key {key!r} must be 1 to 100 letters, digits, '-' or '_'.")
    kind = _kind(task)
    _CHECKS[kind](mapping(task, kind), key)
    for name in ("timeout_seconds", "max_retries", "min_retry_interval_millis"):
        if name in task:
            task[name] = whole(task, name, low=-1)
    if task.get("run_if", "ALL_SUCCESS") not in RUN_IF:
        raise invalid(f"Task {key}: run_if must be one of {', '.join(RUN_IF)}, got {task['run_if']!r}.")
    if flag(task, "disabled"):
        raise refused("disabled tasks")
    named = task.get("environment_key")
    if named is not None and named not in environments:
        raise invalid(f"Task {key} refers to environment {named!r}, which environments does not define.")
    return task


def _kind(task: dict) -> str:
    kinds = [name for name in task if name.endswith("_task") and task[name] is not None]
    for name in kinds:
        if name not in KINDS:
            raise refused(f"tasks of the kind {name}")
    if len(kinds) != 1:
        raise invalid(f"A task must have exactly one of {', '.join(KINDS)}; got {', '.join(kinds) or 'none'}.")
    return kinds[0]


def kind_of(task: dict) -> str:
    """The kind of a checked task."""
    return next(name for name in KINDS if name in task)


def dependencies(task: dict, environments: list[dict]) -> list[str]:
    """Requirement lines that a task's environment and libraries ask for. Raises ApiError for other libraries."""
    wanted: list[str] = []
    for environment in environments:
        if environment["environment_key"] == task.get("environment_key"):
            wanted += (environment.get("spec") or {}).get("dependencies") or []
    for library in task.get("libraries") or []:
        if "pypi" not in library:
            raise refused(f"libraries of the kind {', '.join(library)}")
        wanted.append(library["pypi"]["package"])
    return wanted


def _check_graph(tasks: list[dict]) -> None:
    keys = [task["task_key"] for task in tasks]
    for key in keys:
        if keys.count(key) > 1:
            raise invalid(f"Two tasks have the task_key {key!r}. Task keys must be unique.")
    needs = {task["task_key"]: [edge["task_key"] for edge in task.get("depends_on") or []] for task in tasks}
    for key, upstream in needs.items():
        for name in upstream:
            if name not in needs:
                raise invalid(f"Task {key} depends on {name!r}, which is not a task of this job.")
    done: set[str] = set()
    while len(done) < len(keys):
        ready = [key for key in keys if key not in done and all(name in done for name in needs[key])]
        if not ready:
            raise invalid(
                f"The tasks depend on each other in a circle: {', '.join(key for key in keys if key not in done)}."
            )
        done.update(ready)


def _notebook(task: dict, key: str) -> None:
    if str(task.get("source", "WORKSPACE")).upper() != "WORKSPACE":
        raise refused("notebooks from a Git source")
    if not text(task, "notebook_path").startswith("/"):
        raise invalid(f"Task {key}: notebook_path must be an absolute workspace path.")
    mapping(task, "base_parameters")


def _python(task: dict, key: str) -> None:
    path = text(task, "python_file").removeprefix("file:")
    if not path.startswith("/"):
        raise refused(f"python_file {path!r} outside the workspace's files")
    listing(task, "parameters")


def _sql(task: dict, key: str) -> None:
    text(task, "warehouse_id")
    for name in ("query", "dashboard", "alert"):
        if task.get(name):
            raise refused(f"sql_task with {name}; use sql_task.file")
    if not text(mapping(task, "file"), "path").startswith("/"):
        raise invalid(f"Task {key}: sql_task.file.path must be an absolute workspace path.")
    if str(task["file"].get("source", "WORKSPACE")).upper() != "WORKSPACE":
        raise refused("SQL files from a Git source")
    mapping(task, "parameters")


def _pipeline(task: dict, key: str) -> None:
    text(task, "pipeline_id")


def _run_job(task: dict, key: str) -> None:
    whole(task, "job_id")
    mapping(task, "job_parameters")


def _condition(task: dict, key: str) -> None:
    operations = ("EQUAL_TO", "NOT_EQUAL", "GREATER_THAN", "GREATER_THAN_OR_EQUAL", "LESS_THAN", "LESS_THAN_OR_EQUAL")
    if text(task, "op") not in operations:
        raise invalid(f"Task {key}: condition_task.op must be one of {', '.join(operations)}.")
    text(task, "left")
    text(task, "right")


_CHECKS = {
    "notebook_task": _notebook, "spark_python_task": _python, "sql_task": _sql, "pipeline_task": _pipeline,
    "run_job_task": _run_job, "condition_task": _condition,
}  # fmt: skip
