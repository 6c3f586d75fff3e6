"""The event log of pipelines: stored as it happens, found again by level and time."""

import re
import uuid
from collections.abc import Collection
from datetime import UTC, datetime

from ...context import WORKSPACE_ID
from ...errors import invalid
from ...store import Store

KIND = "pipeline_event"
_CONDITION = re.compile(r"\s*(level|id|timestamp)\s*(=|>=|<=|>|<|(?i:in))\s*(\([^)]*\)|'[^']*')\s*", re.IGNORECASE)
_TESTS = {
    "=": lambda have, want: have in want,
    "in": lambda have, want: have in want,
    ">": lambda have, want: have > want[0],
    ">=": lambda have, want: have >= want[0],
    "<": lambda have, want: have < want[0],
    "<=": lambda have, want: have <= want[0],
}


class EventLog:
    """Events are documents whose parent is the pipeline."""

    def __init__(self, store: Store):
        self._store = store

    def add(self, pipeline: dict, update_id: str | None, kind: str, message: str, level: str = "INFO", **more) -> dict:
        """Store an event; `more` holds details, error, and what the origin tells beside pipeline and update."""
        origin = {
            "cloud": "local", "org_id": WORKSPACE_ID, "pipeline_id": pipeline["pipeline_id"],
            "pipeline_name": pipeline["spec"]["name"], "update_id": update_id, **more.pop("origin", {}),
        }  # fmt: skip
        event = {
            "id": str(uuid.uuid4()), "timestamp": now(), "event_type": kind, "level": level, "message": message,
            "maturity_level": "STABLE", "origin": {key: value for key, value in origin.items() if value is not None},
            "sequence": {"control_plane_seq_no": self._store.next_number("pipeline_event")}, **more,
        }  # fmt: skip
        return self._store.insert(KIND, event["id"], event, parent=pipeline["pipeline_id"])

    def find(self, pipeline_id: str, condition: str = "", newest_first: bool = True) -> list[dict]:
        """Events of a pipeline. `condition` as documented: level, id and timestamp compared, joined by AND."""
        tests = _tests(condition)
        found = self._store.list(KIND, pipeline_id, newest_first=newest_first)
        return [event for event in found if all(test(event) for test in tests)]

    def forget(self, pipeline_id: str, update_ids: Collection[str] | None = None) -> None:
        """Drop the events of some updates, or all of a pipeline."""
        for event in self._store.list(KIND, pipeline_id):
            if update_ids is None or event["origin"].get("update_id") in update_ids:
                self._store.delete(KIND, event["id"])


def now() -> str:
    """This moment in UTC as the event log writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _tests(condition: str) -> list:
    if not condition.strip():
        return []
    return [_test(part, condition) for part in re.split(r"\s+AND\s+", condition.strip(), flags=re.IGNORECASE)]


def _test(part: str, condition: str):
    found = _CONDITION.fullmatch(part)
    wanted = re.findall(r"'([^']*)'", found[3]) if found else []
    if not wanted:
        raise invalid(
            f"filter {condition!r} is not understood. Use for example: level = 'ERROR', level in ('ERROR', 'WARN'), "
            "timestamp > '2026-11-23T00:00:00.000Z', joined by AND."
        )
    field, compare = found[1].lower(), _TESTS[found[2].lower()]
    return lambda event: compare(event[field], wanted)
