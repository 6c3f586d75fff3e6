"""The trigger of remote work: how it hears that somebody failed its task."""

import asyncio
import threading
import time

import pytest

from include.databricks_tasks import remote
from include.databricks_tasks.jobs import RunWatch


def test_a_cancellation_keeps_its_reason_while_the_trigger_still_connects(monkeypatch):
    connecting, go_on = threading.Event(), threading.Event()

    def slow_client(connection_id: str) -> None:
        connecting.set()
        go_on.wait(20)

    monkeypatch.setattr(remote, "client", slow_client)
    trigger = remote.RemoteTrigger(RunWatch(1).state(), "any", end_time=time.time() + 60)

    async def cancelled() -> None:
        waiting = asyncio.ensure_future(anext(trigger.run()))
        await asyncio.to_thread(connecting.wait, 20)
        waiting.cancel("the user failed the task")
        try:
            await waiting
        finally:
            go_on.set()

    with pytest.raises(asyncio.CancelledError, match="the user failed the task"):
        asyncio.run(cancelled())
