"""Operators are executed as Airflow does it, against the session's workspace; task state is kept in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred


@dataclass
class TaskState:
    """Airflow's task state store for one task, as JSON, so that what is kept could be kept for real."""

    values: dict[str, str] = field(default_factory=dict)

    def get(self, key: str, default: Any = None) -> Any:
        return json.loads(self.values[key]) if key in self.values else default

    def set(self, key: str, value: Any) -> None:
        self.values[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        self.values.pop(key, None)


@dataclass
class TaskInstance:
    """XComs that were pushed, by key; `returned` is what other tasks returned, by their id."""

    xcoms: dict[str, Any] = field(default_factory=dict)
    returned: dict[str, Any] = field(default_factory=dict)
    dag_id: str = "test_dag"
    task_id: str = "test_task"
    run_id: str = "test_run"
    try_number: int = 1
    map_index: int = -1

    def xcom_pull(self, task_ids: str) -> Any:
        return self.returned.get(task_ids)

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value


@dataclass
class Task:
    """One logical task over several tries: the state survives, the process does not."""

    state: TaskState = field(default_factory=TaskState)
    ti: TaskInstance = field(default_factory=TaskInstance)

    @property
    def context(self) -> dict[str, Any]:
        return {"task_state_store": self.state, "ti": self.ti, "task_instance": self.ti}

    def run(self, operator) -> Any:
        """Execute an operator to its end; its triggers run here, as `airflow dags test` runs them."""
        import asyncio

        call, kwargs = operator.execute, {}
        while True:
            try:
                return call(self.context, **kwargs)
            except TaskDeferred as deferred:
                event = asyncio.run(first_event(deferred.trigger))
                call, kwargs = getattr(operator, deferred.method_name), {**(deferred.kwargs or {}), "event": event}

    def until_deferred(self, operator):
        """Execute an operator until it defers; returns what it deferred with."""
        try:
            result = operator.execute(self.context)
        except TaskDeferred as deferred:
            return deferred
        raise AssertionError(f"it did not defer but returned {result!r}")


async def first_event(trigger) -> dict[str, Any]:
    async for event in trigger.run():
        return event.payload
    raise AssertionError("the trigger ended without an event")


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture(autouse=True)
def connection(workspace, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", json.dumps(workspace.airflow_connection))
    yield workspace.airflow_connection
    _end_what_is_left(workspace)


def _end_what_is_left(workspace) -> None:
    """A test that failed half-way leaves nothing behind that holds the engine of the tests after it."""
    for run in workspace.client.jobs.list_runs(active_only=True):
        workspace.client.jobs.cancel_run(run.run_id)
    for entry in workspace.statements():
        if entry["status"] in ("QUEUED", "STARTED", "COMPILING", "RUNNING"):
            workspace.client.statement_execution.cancel_execution(entry["query_id"])
