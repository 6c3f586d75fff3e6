"""Events of a run process for the workspace: JSON lines on a pipe of their own, apart from what user code prints."""

import json
import os
import threading

_lock = threading.Lock()
_descriptor: int | None = None


def open_on(descriptor: int) -> None:
    """Send events to this file descriptor from now on; children of this process don't inherit it."""
    global _descriptor
    os.set_inheritable(descriptor, False)
    _descriptor = descriptor


def send(event: str, **fields) -> None:
    """Write one event. Values must be JSON; anything else is written as text."""
    data = json.dumps({"event": event, **fields}, default=str).encode() + b"\n"
    with _lock:
        while data:
            data = data[os.write(_descriptor, data) :]
