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
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.service.jobs import NotebookTask, SubmitTask

from bench import Figure
from bench.local import Local
from include.databricks_tasks import code_upload
from include.payments import names

_RATE, _SECONDS = 1000, 300
_CATALOG, _SCHEMA = "bench", "stream"
_ENDED = ("TERMINATED", "SKIPPED", "INTERNAL_ERROR")
_PATIENCE = 180
"""Seconds that each step gets beyond the time that it takes: to start, to make events, to count the last of them."""


def run(seconds: int = _SECONDS) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, Local(Path(folder)) as local:
        local.start()
        home = Path(folder) / "workspace"
        workspace = _Workspace(home)
        workspace.prepare()
        minutes = str(seconds / 60 + 5)
        processor = workspace.submit("continuous_stream_processor", max_minutes=minutes)
        workspace.wait_for(
            lambda: any(home.glob(f"volumes/**/{names.STREAM_CHECKPOINT}/metadata")), processor, "the stream began"
        )
        given = {"events_per_second": str(_RATE), "seconds": str(seconds), "seed": "7"}
        simulator = workspace.submit("pace_transaction_events", **given)
        workspace.wait_for(lambda: workspace.ended(simulator), processor, "all events were made", seconds)
        told = json.loads(workspace.result(simulator))
        workspace.wait_for(lambda: workspace.counted() >= told["events"], processor, "all events were counted")
        workspace.client.jobs.cancel_run_and_wait(processor)
        versions = list(_versions(next(home.glob(f"spark/warehouse/**/{names.RUNNING_TABLE}"))))
        events = _event_times(home / "volumes" / _CATALOG / _SCHEMA / names.RAW_DATA / names.STREAM)
        figures = [Figure(f"memory of {name}", rss, "MB") for name, rss in local.memory().items()]
    return [*_latencies(events, versions), Figure("late by the simulator, at most", told["most_behind"], "s"), *figures]


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


class _Workspace:
    """The product's code and volumes in a local workspace."""

    def __init__(self, home: Path):
        connection = json.loads((home / "connection.json").read_text())
        self._warehouse = connection["warehouse_id"]
        self.client = WorkspaceClient(config=Config(host=connection["host"], token=connection["token"]))

    def prepare(self) -> None:
        schema = f"{_CATALOG}.{_SCHEMA}"
        volumes = [f"CREATE VOLUME {schema}.{name}" for name in names.VOLUMES]
        for statement in (f"CREATE CATALOG {_CATALOG}", f"CREATE SCHEMA {schema}", *volumes):
            self._sql(statement)
        self.client.files.create_directory(f"/Volumes/{_CATALOG}/{_SCHEMA}/{names.RAW_DATA}/{names.STREAM}")
        self._code = code_upload.upload(self.client, "/Shared/bench", lambda line: None)

    def submit(self, notebook: str, **parameters: str) -> int:
        given = {"catalog": _CATALOG, "schema": _SCHEMA, "code_path": code_upload.on_driver(self._code)}
        task = NotebookTask(code_upload.notebook(self._code, notebook), base_parameters=given | parameters)
        return self.client.jobs.submit(run_name=notebook, tasks=[SubmitTask("main", notebook_task=task)]).run_id

    def counted(self) -> int:
        """Events in the running minutes."""
        [[count]] = self._sql(f"SELECT sum(transaction_count) FROM {_CATALOG}.{_SCHEMA}.{names.RUNNING_VIEW}")
        return int(count or 0)

    def ended(self, run_id: int) -> bool:
        return self.client.jobs.get_run(run_id).state.life_cycle_state.value in _ENDED

    def result(self, run_id: int) -> str:
        run = self.client.jobs.wait_get_run_job_terminated_or_skipped(run_id)
        output = self.client.jobs.get_run_output(run.tasks[0].run_id)
        if output.error:
            raise SystemExit(output.error)
        return output.notebook_output.result

    def wait_for(self, done: Callable[[], bool], processor: int, what: str, seconds: int = 0) -> None:
        """Until `done`; fails as soon as the processor's run has ended."""
        end = time.monotonic() + seconds + _PATIENCE
        while not done():
            if self.ended(processor):
                raise SystemExit(f"The processor's run ended before {what}: {self.result(processor)}")
            if time.monotonic() > end:
                raise SystemExit(f"{what}: not seen within {seconds + _PATIENCE:.0f} s")
            time.sleep(1)

    def _sql(self, statement: str) -> list[list[str]]:
        answer = self.client.statement_execution.execute_statement(statement, self._warehouse, wait_timeout="50s")
        if answer.status.state.value != "SUCCEEDED":
            raise SystemExit(f"{statement}: {answer.status.error}")
        return answer.result.data_array or []
