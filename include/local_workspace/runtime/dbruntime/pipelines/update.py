"""One update of a pipeline: load its sources, find the order, run its flows two at a time."""

import hashlib
import inspect
import re
import signal
import sys
import threading
import types
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

from .. import namespace, paths, source
from ..failures import Sources, describe
from ..notebook import NotebookRun
from . import cdc, declare, events, flows, quality, reading
from .errors import PipelineError, Stopped, Waiting
from .graph import MATERIALIZED_VIEW, SINK, Dataset, Flow, Graph
from .stand_ins import StandIns
from .state import State
from .tables import Tables, quoted

_SIDE_BY_SIDE = 2
_PAUSE_SECONDS = 2.0
_UNSTEADY = re.compile(r"current_(date|timestamp)|\bnow\(|\brand|\buuid\(|utcnow|today\(")


class UpdateFailed(Exception):
    """A flow failed; the event stream has the whole story."""


def perform(job: dict, sources: Sources) -> None:
    """Run the update that `job` describes. Raises what made it fail; SIGTERM stops it."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    graph = Graph(job["catalog"], job["schema"])
    declare.install(graph)
    reading.watch()
    spark = namespace.names()["spark"]
    spark.conf.set("spark.workspace.catalog", job["catalog"])
    if not job["continuous"]:
        # The next update loads its state from disk; without a snapshot it replays every change of up to ten updates.
        spark.conf.set("spark.sql.streaming.stateStore.minDeltasForSnapshot", "1")
    for name, value in job["configuration"].items():
        spark.conf.set(name, value)
    spark.sql(f"USE {quoted(job['catalog'])}.{quoted(job['schema'])}")
    code = _load(job, graph, sources)
    graph.complete()
    Update(job, graph, sources, spark, code, stopping).run()


class Unit(NamedTuple):
    """A flow and what it fills: the piece of work of an update."""

    dataset: Dataset
    flow: Flow

    def __hash__(self) -> int:
        return hash((self.dataset.name, self.flow.name))


class Update:
    """The flows of one update, each started when what it reads is ready."""

    def __init__(self, job: dict, graph: Graph, sources: Sources, spark, code: str, stopping: threading.Event):
        self._job = job
        self._graph = graph
        self._sources = sources
        self._spark = spark
        self._code = code
        self._stopping = stopping
        self._continuous = job["continuous"]
        self._state = State(Path(job["state_folder"]))
        rows = spark.sql(f"SHOW TABLES IN {quoted(job['catalog'])}.{quoted(job['schema'])}").collect()
        existing = {graph.qualify(row["tableName"]) for row in rows if not row["isTemporary"]}
        self._tables = Tables(spark, self._state, job["pipeline_id"], existing)
        self._selected = self._select()
        self._ready: set[str] = set()
        self._left: dict[str, set[str]] = {}
        self._stand_ins = StandIns(spark, graph)
        real = (self._is_ready, lambda name, streaming: None)
        self._reader = reading.Reader(
            graph, *((self._stand_ins.known, self._stand_ins.get) if job["validate_only"] else real)
        )

    def run(self) -> None:
        """All selected tables. Raises the first failure after the flows beside it have ended."""
        events.state("SETTING_UP_TABLES")
        if not self._job["validate_only"]:
            for dataset in self._selected.values():
                self._prepare(dataset)
        events.state("RUNNING")
        waiting: dict[Unit, str | None] = {}
        for dataset in self._selected.values():
            waiting |= dict.fromkeys(Unit(dataset, flow) for flow in dataset.flows)
            self._left[dataset.name] = {flow.name for flow in dataset.flows}
        size = len(waiting) if self._continuous else _SIDE_BY_SIDE
        with ThreadPoolExecutor(size) as pool:
            failure = self._work(pool, waiting, size)
        if failure is None and waiting and not self._stopping.is_set():
            circle = ", ".join(f"{unit.flow.name} reads {needs}" for unit, needs in waiting.items())
            failure = PipelineError(f"The datasets read each other in a circle: {circle}.")
        for unit in waiting:
            events.progress(unit.dataset, unit.flow.name, "SKIPPED", level="WARN" if failure else "INFO")
        if failure:
            raise failure
        if self._stopping.is_set():
            raise Stopped

    def _work(self, pool: ThreadPoolExecutor, waiting: "dict[Unit, str | None]", size: int) -> BaseException | None:
        """Run what can run until nothing can; the first failure. What is left in `waiting` never ran."""
        running: dict[Future, Unit] = {}
        failure: BaseException | None = None
        while waiting or running:
            for unit in [unit for unit, needs in waiting.items() if needs is None or self._reader.ready(needs)]:
                if len(running) < size and not failure and not self._stopping.is_set():
                    del waiting[unit]
                    running[pool.submit(self._run, unit)] = unit
            if not running:
                break
            for future in wait(running, timeout=_PAUSE_SECONDS, return_when=FIRST_COMPLETED).done:
                unit, error = running.pop(future), future.exception()
                if isinstance(error, Waiting):
                    waiting[unit] = error.dataset
                elif error and not isinstance(error, Stopped):
                    failure = failure or error
                    if self._continuous:
                        self._stopping.set()
        return failure

    def _select(self) -> dict[str, Dataset]:
        tables = {dataset.name: dataset for dataset in self._graph.tables()}
        wanted = self._job["refresh_selection"] + self._job["full_refresh_selection"]
        if not wanted:
            return tables
        found = {}
        for name in wanted:
            dataset = self._graph.find(name)
            if dataset is None or dataset.name not in tables:
                raise PipelineError(f"{name!r} is asked for, but the pipeline has no such table: {', '.join(tables)}.")
            found[dataset.name] = dataset
        return found

    def _prepare(self, dataset: Dataset) -> None:
        if dataset.kind == SINK:
            return
        self._tables.own(dataset)
        full = {self._graph.qualify(name) for name in self._job["full_refresh_selection"]}
        if self._job["full_refresh"] or dataset.name in full or (self._state.get(dataset.name) or {}).get("resetting"):
            self._tables.empty(dataset)

    def _is_ready(self, name: str) -> bool:
        if name in self._ready:
            return True
        if name in self._selected:
            return False
        if self._tables.exists(name):
            return True
        raise PipelineError(f"{name} is not part of this refresh and does not exist yet. Refresh it as well.")

    def _run(self, unit: "Unit") -> None:
        dataset, flow = unit
        try:
            self._flow(dataset, flow)
            self._left[dataset.name].discard(flow.name)
            if not self._left[dataset.name]:
                self._ready.add(dataset.name)
        except Waiting:
            raise
        except BaseException as error:
            if isinstance(error, Stopped) or self._stopping.is_set():
                events.progress(dataset, flow.name, "STOPPED")
                raise Stopped from error
            failure = describe(error, self._sources, flow.function)
            events.failed(dataset, flow.name, type(error).__name__, failure)
            print(failure.trace, file=sys.stderr)
            raise UpdateFailed(f"Flow '{flow.name}' has FAILED fatally. {failure.error}") from error

    def _flow(self, dataset: Dataset, flow: Flow) -> None:
        function = (lambda: cdc.source(self._spark, flow.changes)) if flow.changes else flow.function
        frame, seen = self._reader.evaluate(function)
        flows.require_kind(frame, dataset, flow, dataset.kind != MATERIALIZED_VIEW and not flow.once)
        events.defined(dataset, flow.name, sorted(seen.tables))
        if self._job["validate_only"]:
            self._stand_ins.add(dataset, flow, frame)
            return
        if dataset.kind != SINK:
            self._tables.fit(dataset, cdc.schema(frame, flow.changes) if flow.changes else frame.schema)
        steady = not seen.other and not _UNSTEADY.search(_text(flow.function))
        tables = sorted(seen.tables) if steady else None
        if dataset.kind == MATERIALIZED_VIEW:
            self._materialize(dataset, flow, frame, tables)
            while self._continuous:
                self._ready.add(dataset.name)
                if self._stopping.wait(_PAUSE_SECONDS):
                    raise Stopped
                self._materialize(dataset, flow, frame, tables)
        elif flow.once:
            self._append_once(dataset, flow, frame)
        else:
            self._stream(dataset, flow, frame, tables)

    def _materialize(self, dataset: Dataset, flow: Flow, frame, tables: list[str] | None) -> None:
        """Write the view anew, unless neither what it reads, nor the code, nor the table itself changed."""
        inputs = self._versions(tables)
        if inputs and self._state.recall(dataset.name, flow.name) == {**inputs, "itself": self._itself(dataset)}:
            if not self._continuous:
                text = "Nothing changed since its last refresh: neither what it reads nor the pipeline's code."
                events.progress(dataset, flow.name, "COMPLETED", quality.metrics(dataset, {}), text)
            return
        events.progress(dataset, flow.name, "RUNNING")
        flows.replace(frame, dataset, flow.name)
        if inputs:
            self._state.remember(dataset.name, flow.name, {**inputs, "itself": self._itself(dataset)})

    def _stream(self, dataset: Dataset, flow: Flow, frame, tables: list[str] | None) -> None:
        inputs = None if self._continuous else self._versions(tables)
        if inputs and self._state.recall(dataset.name, flow.name) == inputs:
            events.progress(dataset, flow.name, "COMPLETED", quality.metrics(dataset, {}), "Nothing new to read.")
            return
        events.progress(dataset, flow.name, "RUNNING")
        if self._continuous:
            self._ready.add(dataset.name)
        checkpoint = self._state.checkpoint(dataset.name, flow.name).as_uri()
        if flow.changes:
            cdc.Changes(self._spark, self._state, dataset, flow, self._stopping).run(
                frame, checkpoint, self._continuous
            )
        else:
            trigger = {"processingTime": "1 second"} if self._continuous else {"availableNow": True}
            stream = flows.Stream(dataset, flow.name, checkpoint, trigger, self._stopping)
            stream.run(frame, flows.into(dataset))
        if inputs and dataset.kind != SINK:
            self._state.remember(dataset.name, flow.name, inputs)

    def _append_once(self, dataset: Dataset, flow: Flow, frame) -> None:
        done = self._state.checkpoint(dataset.name, flow.name) / "done"
        if done.exists():
            events.progress(dataset, flow.name, "COMPLETED", quality.metrics(dataset, {}), "It was appended before.")
            return
        events.progress(dataset, flow.name, "RUNNING")
        done.parent.mkdir(parents=True, exist_ok=True)
        flows.append_once(frame, dataset, flow.name, f"{self._job['pipeline_id']}/{flow.name}")
        done.touch()

    def _versions(self, tables: list[str] | None) -> dict | None:
        if tables is None:
            return None
        return {"code": self._code, "tables": {name: self._tables.version(name) for name in tables}}

    def _itself(self, dataset: Dataset) -> str:
        return self._tables.version(dataset.name)


def _load(job: dict, graph: Graph, sources: Sources) -> str:
    """Run the source files, which declare the graph; a hash of all the code that they are made of."""
    if job.get("root_path"):
        sys.path.insert(0, f"/Workspace{paths.workspace_path(job['root_path'])}")
    with reading.loading(graph):
        for path in job["libraries"]:
            shown = paths.workspace_path(path)
            file = paths.notebook_file(path)
            text = file.read_text()
            if source.language_of(text):
                NotebookRun(sources).include(shown)
            else:
                sources.add(shown, text)
                module = types.ModuleType("__main__")
                module.__dict__.update(namespace.names())
                exec(compile(text, shown, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    return _code_hash(job)


def _code_hash(job: dict) -> str:
    root = str(paths.files_root())
    files = {str(paths.notebook_file(path)) for path in job["libraries"]}
    files |= {
        file
        for module in list(sys.modules.values())
        if (file := getattr(module, "__file__", "") or "").startswith(root)
    }
    digest = hashlib.sha256(repr(sorted(job["configuration"].items())).encode())
    for file in sorted(files):
        digest.update(file.encode() + Path(file).read_bytes())
    return digest.hexdigest()


def _text(function) -> str:
    try:
        return inspect.getsource(function) if function else ""
    except (OSError, TypeError):
        return ""
