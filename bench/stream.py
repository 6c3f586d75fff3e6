"""Event to gold: how long it takes until an event is counted in its running minute, at 1 000 events a second.

The latency of an event is the time from `event_timestamp` to the commit of the table's version that counts it first.
Events are read file by file in their order, so the number of events that a version counts says which ones they are.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from bench import Figure
from bench.local import Local
from bench.product import CATALOG, Product
from include.payments import names

_RATE, _SECONDS = 1000, 300
_PATIENCE = 180
"""Seconds that each step gets beyond the time that it takes: to start, to make events, to count the last of them."""


def run(seconds: int = _SECONDS) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, Local(Path(folder)) as local:
        local.start()
        home = Path(folder) / "workspace"
        workspace = Product(home, "stream")
        minutes = str(seconds / 60 + 5)
        processor = workspace.submit("continuous_stream_processor", max_minutes=minutes)
        begun = home / "volumes" / CATALOG / "stream" / names.CHECKPOINTS / names.STREAM_CHECKPOINT / "metadata"
        _wait(workspace, begun.exists, processor, "the stream began")
        given = {"events_per_second": str(_RATE), "seconds": str(seconds), "seed": "7"}
        simulator = workspace.submit("pace_transaction_events", **given)
        _wait(workspace, lambda: workspace.ended(simulator), processor, "all events were made", seconds)
        told = json.loads(workspace.result(simulator))
        _wait(workspace, lambda: _counted(workspace) >= told["events"], processor, "all events were counted")
        workspace.client.jobs.cancel_run_and_wait(processor)
        versions = list(_versions(next(home.glob(f"spark/warehouse/**/{names.RUNNING_TABLE}"))))
        events = _event_times(home / "volumes" / CATALOG / "stream" / names.RAW_DATA / names.STREAM)
        figures = [Figure(f"memory of {name}", rss, "MB") for name, rss in local.memory().items()]
    return [*_latencies(events, versions), Figure("late by the simulator, at most", told["most_behind"], "s"), *figures]


def _wait(workspace: Product, done: Callable[[], bool], processor: int, what: str, seconds: int = 0) -> None:
    """Until `done`; fails as soon as the processor's run has ended."""
    end = time.monotonic() + seconds + _PATIENCE
    while not done():
        if workspace.ended(processor):
            raise SystemExit(f"The processor's run ended before {what}: {workspace.result(processor)}")
        if time.monotonic() > end:
            raise SystemExit(f"{what}: not seen within {seconds + _PATIENCE:.0f} s")
        time.sleep(1)


def _counted(workspace: Product) -> int:
    """Events in the running minutes."""
    [[count]] = workspace.execute(f"SELECT sum(transaction_count) FROM {names.RUNNING_VIEW}", {})
    return int(count or 0)


def _latencies(events: np.ndarray, versions: list[tuple[float, int]]) -> list[Figure]:
    """`events`: times in the order in which they were landed; `versions`: commit time and events counted by then."""
    committed, counted = np.array([at for at, _ in versions]), np.array([count for _, count in versions])
    seen = min(len(events), int(counted[-1]))
    latency = committed[np.searchsorted(counted, np.arange(1, seen + 1))] - events[:seen]
    p50, p95, p99 = np.percentile(latency, (50, 95, 99))
    batches = np.diff(committed[np.append(True, np.diff(counted) > 0)])
    return [
        Figure("events", len(events), ""),
        Figure("event to gold, p50", p50, "s"),
        Figure("event to gold, p95", p95, "s", 5),
        Figure("event to gold, p99", p99, "s"),
        Figure("event to gold, longest", latency.max(), "s"),
        Figure("time between batches, median", float(np.median(batches)), "s"),
        Figure("events that were not counted", max(0, len(events) - int(counted[-1])), "", 0),
        Figure("events that were counted twice", max(0, int(counted[-1]) - len(events)), "", 0),
    ]


def _versions(table: Path) -> Iterator[tuple[float, int]]:
    """When each version of the table was committed (epoch seconds), and how many events it has."""
    files: dict[str, int] = {}
    for commit in sorted((table / "_delta_log").glob("*[0-9].json")):
        for line in commit.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                path = action["add"]["path"]
                files[path] = pq.ParquetFile(table / path).metadata.num_rows
            elif "remove" in action:
                files.pop(action["remove"]["path"])
        yield commit.stat().st_mtime, sum(files.values())


def _event_times(folder: Path) -> np.ndarray:
    """Epoch seconds of the events of the stream, file by file."""
    columns = [pq.read_table(path, columns=["event_timestamp"])[0] for path in sorted(folder.glob("events-*.parquet"))]
    return np.concatenate([column.cast("int64").to_numpy() for column in columns]) / 1e6
