"""The event stream of an update: sent as things happen, numbered and stored by the workspace."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .. import channel
from ..failures import Failure
from .graph import Dataset

QUIET_SECONDS = 8.0


def state(name: str) -> None:
    """The update has reached this state."""
    channel.send("update_state", state=name)


def defined(dataset: Dataset, flow: str, inputs: list[str]) -> None:
    """What a flow reads and writes, once it is known."""
    definition = {
        "output_dataset": dataset.name,
        "output_dataset_type": dataset.kind,
        "input_datasets": [{"name": name} for name in inputs],
    }
    message = f"Flow '{flow}' defined as {dataset.kind}."
    _send("flow_definition", "INFO", message, dataset, flow, {"flow_definition": definition})


def progress(dataset: Dataset, flow: str, status: str, more: dict | None = None, text: str = "", level: str = "INFO"):
    """A flow is in this status; `more` holds metrics and data quality since the flow's last event."""
    details = {"flow_progress": {"status": status, **(more or {})}}
    verb = "has" if status in ("COMPLETED", "FAILED", "STOPPED") else "is"
    message = f"Flow '{flow}' {verb} {status}." + (f" {text}" if text else "")
    _send("flow_progress", level, message, dataset, flow, details)


def failed(dataset: Dataset, flow: str, kind: str, failure: Failure) -> None:
    """A flow failed; the event carries the error's text and the trace of user code."""
    message = f"Flow '{flow}' has FAILED fatally. An error occurred: {failure.error}"
    details = {"flow_progress": {"status": "FAILED"}}
    _send("flow_progress", "ERROR", message, dataset, flow, details, error=_error(kind, failure))


@contextmanager
def alive(dataset: Dataset, flow: str) -> Iterator[None]:
    """Say every few seconds that a flow still runs, as long as the block does."""
    over, began = threading.Event(), time.monotonic()

    def report() -> None:
        while not over.wait(QUIET_SECONDS):
            progress(dataset, flow, "RUNNING", text=f"{time.monotonic() - began:.0f} s so far.")

    threading.Thread(target=report, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _error(kind: str, failure: Failure) -> dict:
    return {
        "fatal": True,
        "exceptions": [{"class_name": kind, "message": failure.error, "stack": [], "trace": failure.trace}],
    }


def _send(kind: str, level: str, message: str, dataset: Dataset, flow: str, details: dict, **more) -> None:
    origin = {"dataset_name": dataset.name, "flow_name": flow}
    channel.send("pipeline", type=kind, level=level, message=message, origin=origin, details=details, **more)
