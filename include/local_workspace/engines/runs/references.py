"""Dynamic value references such as `{{job.run_id}}` and `{{tasks.load.values.rows}}`, replaced before a task runs."""

import json
import re
from datetime import UTC, datetime

from ...context import WORKSPACE_ID

_REFERENCE = re.compile(r"\{\{\s*([\w.\[\]-]+)\s*\}\}")


class References:
    """The values of one attempt of a task. A reference that is not known stays as it is, as on Databricks."""

    def __init__(self, host: str, run: dict, task: dict, others: dict[str, dict]):
        """`others` holds the newest attempt of every task of the run, by task key."""
        self._host = host
        self._run = run
        self._task = task
        self._others = others

    def resolve(self, value):
        """The value with every reference in its texts replaced."""
        if isinstance(value, str):
            return _REFERENCE.sub(lambda found: self._text(found), value)
        if isinstance(value, dict):
            return {key: self.resolve(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(inner) for inner in value]
        return value

    def _text(self, found: re.Match) -> str:
        value = self._value(found[1].split("."))
        if value is None:
            return found[0]
        return value if isinstance(value, str) else json.dumps(value)

    def _value(self, path: list[str]):
        run, task = self._run, self._task
        match path:
            case ["job", "id"] | ["job_id"]:
                return str(run["job_id"])
            case ["job", "run_id"] | ["parent_run_id"]:
                return str(run["run_id"])
            case ["job", "name"]:
                return run["run_name"]
            case ["job", "repair_count"]:
                return str(len(run["repairs"]))
            case ["job", "trigger", "type"]:
                return "one_time"
            case ["job", "start_time", part] | ["start_time", part]:
                return _time(run["start_time"], part)
            case ["start_date"]:
                return _time(run["start_time"], "iso_date")
            case ["job", "parameters", name]:
                return run["job_parameters"].get(name)
            case ["task", "run_id"] | ["run_id"]:
                return str(task["run_id"])
            case ["task", "name"] | ["task_key"]:
                return task["task_key"]
            case ["task", "execution_count"]:
                return str(task["attempt_number"] + 1)
            case ["task_retry_count"]:
                return str(task["attempt_number"])
            case ["task", "notebook_path"]:
                return task["spec"].get("notebook_task", {}).get("notebook_path")
            case ["tasks", key, *rest]:
                return self._of_task(self._others.get(key), rest)
            case ["workspace", "id"]:
                return str(WORKSPACE_ID)
            case ["workspace", "url"]:
                return self._host
        return None

    def _of_task(self, other: dict | None, path: list[str]):
        if other is None:
            return None
        match path:
            case ["run_id"]:
                return str(other["run_id"])
            case ["result_state"]:
                return (other["state"]["result"] or "").lower()
            case ["execution_count"]:
                return str(other["attempt_number"] + 1)
            case ["outcome"]:
                return other["output"].get("outcome")
            case ["values", name]:
                return other["values"].get(name)
        return None


def _time(milliseconds: int, part: str) -> str | None:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    names = {
        "iso_date": moment.date().isoformat(),
        "iso_datetime": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "timestamp_ms": str(milliseconds),
        "is_weekday": str(moment.weekday() < 5).lower(),
        "iso_weekday": str(moment.isoweekday()),
    }
    fields = {name: str(getattr(moment, name)) for name in ("year", "month", "day", "hour", "minute", "second")}
    return {**fields, **names}.get(part.strip("[]"))
