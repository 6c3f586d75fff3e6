"""Waiting for remote work without holding a worker, adopting it after a crash, and cancelling exactly it.

A `Watch` knows one piece of remote work by its id. The operator keeps it in Airflow's task state before it waits; a
retry looks there first: live work is waited for, finished work is taken, and only failed work is started again. The
state is emptied at success, so that clearing a finished task starts the work anew, whatever the deployment's settings.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException
from airflow.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from include.databricks_tasks.connection import DEFAULT_CONNECTION, client

if TYPE_CHECKING:
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
_AT_FIRST_SECONDS = 2.0
_STATE_KEY = "remote_work"


@dataclass(frozen=True)
class Look:
    """What a look at remote work shows: `lines` are new lines of progress, `error` says why it failed."""

    done: bool
    error: str = ""
    lines: tuple[str, ...] = ()
    result: Any = None


@dataclass
class Watch(ABC):
    """Remote work, known by its fields, which are JSON; a field may also remember how far a look has come."""

    @abstractmethod
    def look(self, workspace: WorkspaceClient) -> Look: ...

    @abstractmethod
    def cancel(self, workspace: WorkspaceClient) -> None: ...

    @abstractmethod
    def describe(self) -> str:
        """What is waited for, in a few words."""

    def state(self) -> dict[str, Any]:
        return {"watch": f"{type(self).__module__}.{type(self).__qualname__}", **dataclasses.asdict(self)}


def restore(state: dict[str, Any]) -> Watch:
    """The watch whose `state()` this was."""
    values = dict(state)
    module, _, name = values.pop("watch").rpartition(".")
    return getattr(importlib.import_module(module), name)(**values)


class RemoteTrigger(BaseTrigger):
    """Polls remote work in a thread (the SDK is synchronous), logs its progress, and cancels it when killed.

    `end_time` (seconds since the epoch) is absolute, so that a new triggerer does not start the clock again.
    """

    def __init__(self, watch: dict, connection_id: str, end_time: float, poll_seconds: float = POLL_SECONDS):
        super().__init__()
        self.watch = watch
        self.connection_id = connection_id
        self.end_time = end_time
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        fields = {"watch": self.watch, "connection_id": self.connection_id, "end_time": self.end_time,
                  "poll_seconds": self.poll_seconds}  # fmt: skip
        return f"{type(self).__module__}.{type(self).__qualname__}", fields

    async def run(self) -> AsyncIterator[TriggerEvent]:
        # Shielded: asgiref drops the message of a cancellation, by which Airflow 3.3 knows that it has to call on_kill
        # (seen 2026-11-23: a task that was failed in its first seconds left its run alive).
        workspace = await asyncio.shield(sync_to_async(client)(self.connection_id))
        watch, began, spoke = restore(self.watch), time.monotonic(), time.monotonic()
        self.log.info("progress: waiting for %s", watch.describe())
        while time.time() < self.end_time:
            look = await asyncio.to_thread(watch.look, workspace)
            for line in look.lines:
                self.log.info("progress: %s", line)
                spoke = time.monotonic()
            if look.done:
                yield TriggerEvent({"error": look.error, "result": look.result})
                return
            if time.monotonic() - spoke >= HEARTBEAT_SECONDS:
                spoke = time.monotonic()
                self.log.info("progress: %s, waiting for %.0f s", watch.describe(), spoke - began)
            await asyncio.sleep(self.poll_seconds)
        await asyncio.to_thread(watch.cancel, workspace)
        yield TriggerEvent({"error": f"{watch.describe()} was cancelled: it took longer than its timeout."})

    async def on_kill(self) -> None:
        workspace = await sync_to_async(client)(self.connection_id)
        await asyncio.to_thread(restore(self.watch).cancel, workspace)


class RemoteOperator(BaseOperator):
    """Starts or adopts remote work, waits for it deferred, and cancels it when the task is killed.

    Subclasses implement `start`; `finish` turns the watch's result into the task's.
    """

    def __init__(
        self,
        *,
        databricks_conn_id: str = DEFAULT_CONNECTION,
        timeout: float = 3600,
        poll_seconds: float = POLL_SECONDS,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.databricks_conn_id = databricks_conn_id
        self.timeout = timeout
        self.poll_seconds = poll_seconds
        self._watch: Watch | None = None

    def start(self, context: Context, workspace: WorkspaceClient, token: str) -> Watch:
        """Start the work. `token` stays the same until the work has been started and its id been kept."""
        raise NotImplementedError

    def finish(self, context: Context, result: Any) -> Any:
        return result

    def execute(self, context: Context) -> Any:
        workspace = client(self.databricks_conn_id)
        watch = self.adopt(context, workspace)
        if watch is None:
            watch = self.begin(context, lambda token: self.start(context, workspace, token))
        return self.resume(context, self.wait_for(workspace, watch))

    def resume(self, context: Context, event: dict[str, Any]) -> Any:
        if event["error"]:
            raise AirflowException(event["error"])
        result = self.finish(context, event.get("result"))
        self.forget(context)
        return result

    def wait_for(self, workspace: WorkspaceClient, watch: Watch, **then: Any) -> dict[str, Any]:
        """The event of work that ends soon; longer work defers the task to `resume(context, event, **then)`."""
        self._watch = watch
        end_time, until = time.time() + self.timeout, time.monotonic() + _AT_FIRST_SECONDS
        while time.monotonic() < until:
            look = watch.look(workspace)
            for line in look.lines:
                self.log.info("progress: %s", line)
            if look.done:
                return {"error": look.error, "result": look.result}
            time.sleep(0.1)
        self.defer(
            trigger=RemoteTrigger(watch.state(), self.databricks_conn_id, end_time, self.poll_seconds),
            method_name="resume",
            kwargs=then,
        )

    def on_kill(self) -> None:
        if self._watch:
            self._watch.cancel(client(self.databricks_conn_id))

    def adopt(self, context: Context, workspace: WorkspaceClient) -> Watch | None:
        """The work that an earlier try started, unless it failed."""
        store = context["task_state_store"]
        state = store.get(_STATE_KEY) or {}
        if "watch" not in state:
            return None
        watch = restore(state)
        look = watch.look(workspace)
        if look.done and look.error:
            self.log.info("%s of an earlier try failed; starting again", watch.describe())
            store.delete(_STATE_KEY)
            return None
        self.log.info("progress: adopted %s of an earlier try", watch.describe())
        return watch

    def begin(self, context: Context, start: Callable[[str], Watch]) -> Watch:
        """Start work and keep its id. A crash in between is covered where `start` hands on the token that it gets."""
        store = context["task_state_store"]
        token = (store.get(_STATE_KEY) or {}).get("token") or uuid.uuid4().hex
        store.set(_STATE_KEY, {"token": token})
        self._watch = start(token)
        store.set(_STATE_KEY, self._watch.state())
        return self._watch

    def forget(self, context: Context) -> None:
        """The work is done and its result taken: a cleared task starts anew."""
        context["task_state_store"].delete(_STATE_KEY)
