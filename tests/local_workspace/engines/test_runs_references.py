"""Dynamic value references, and the filters of the event log. No engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_workspace.engines.runs.references import References
from include.local_workspace.engines.runs.states import state
from include.local_workspace.engines.updates.events import EventLog
from include.local_workspace.errors import ApiError
from include.local_workspace.store import Store

RUN = {
    "job_id": 7, "run_id": 8, "run_name": "nightly", "repairs": [{}], "start_time": 1795392000123,
    "job_parameters": {"day": "2026-11-23"},
}  # fmt: skip
TASK = {"run_id": 9, "task_key": "load", "attempt_number": 1, "spec": {"notebook_task": {"notebook_path": "/nb"}}}
OTHER = {"run_id": 10, "attempt_number": 0, "state": state("TERMINATED", "SUCCESS"), "output": {"outcome": "true"},
         "values": {"rows": 5, "name": "x", "list": [1, "a"]}}  # fmt: skip
REFERENCES = References("http://host", RUN, TASK, {"first": OTHER})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{job.run_id}}/{{ job.id }}", "8/7"),
        ("{{run_id}} {{task_key}} {{task.execution_count}}", "9 load 2"),
        ("{{job.parameters.day}}", "2026-11-23"),
        ("{{job.start_time.iso_date}} {{job.start_time.year}} {{start_date}}", "2026-11-23 2026 2026-11-23"),
        ("{{job.start_time.[timestamp_ms]}}", "1795392000123"),
        ("{{tasks.first.values.rows}}-{{tasks.first.values.name}}", "5-x"),
        ("{{tasks.first.values.list}}", '[1, "a"]'),
        ("{{tasks.first.result_state}} {{tasks.first.run_id}}", "success 10"),
        ("{{workspace.url}} {{job.repair_count}}", "http://host 1"),
        ("{{no.such.thing}} {{tasks.absent.run_id}}", "{{no.such.thing}} {{tasks.absent.run_id}}"),
    ],
)
def test_references_become_values(text, value):
    assert REFERENCES.resolve({"a": [text]}) == {"a": [value]}


@given(st.recursive(st.text() | st.integers() | st.booleans(), lambda inner: st.lists(inner), max_leaves=5))
def test_what_holds_no_reference_stays(value):
    assert "{{" in str(value) or REFERENCES.resolve(value) == value


@pytest.fixture
def log(tmp_path):
    store = Store(tmp_path / "state.db")
    log = EventLog(store)
    pipeline = {"pipeline_id": "p", "spec": {"name": "n"}}
    for level in ("INFO", "WARN", "ERROR"):
        log.add(pipeline, "u", "x", f"it's {level}", level)
    yield log
    store.close()


def test_events_are_found_by_level_id_and_time(log):
    everything = log.find("p", newest_first=False)
    levels = lambda condition: [event["level"] for event in log.find("p", condition, newest_first=False)]  # noqa: E731
    assert levels("") == ["INFO", "WARN", "ERROR"]
    assert levels("level='ERROR'") == ["ERROR"]
    assert levels("LEVEL IN ('ERROR', 'WARN') and timestamp >= '2020-01-01T00:00:00.000Z'") == ["WARN", "ERROR"]
    assert levels(f"id='{everything[1]['id']}'") == ["WARN"]
    assert levels("timestamp > '2999-01-01T00:00:00.000Z'") == []
    for wrong in ("level", "level = ERROR", "message = 'x'", "level = 'A' OR level = 'B'"):
        with pytest.raises(ApiError, match="not understood"):
            log.find("p", wrong)
