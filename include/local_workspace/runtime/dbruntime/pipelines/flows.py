"""Runs one flow: a streaming query into its table, or the new content of a materialized view."""

import json
import time
from collections.abc import Callable

from . import events, quality
from .errors import PipelineError, Stopped
from .graph import SINK, Dataset, Flow
from .tables import quoted

_POLL_SECONDS = 1.0


def require_kind(frame, dataset: Dataset, flow: Flow, streaming: bool) -> None:
    """Raises PipelineError unless the function returned the kind of DataFrame that its dataset needs."""
    if not hasattr(frame, "isStreaming"):
        raise PipelineError(f"The function of {dataset.name} must return a DataFrame, not {type(frame).__name__}.")
    if frame.isStreaming != streaming:
        wants, got = ("streaming", "batch") if streaming else ("batch", "streaming")
        advice = "Use @dp.materialized_view, or spark.readStream." if streaming else "Use @dp.table, or spark.read."
        raise PipelineError(f"Flow {flow.name} of {dataset.name} must return a {wants} DataFrame, got {got}. {advice}")


def replace(frame, dataset: Dataset, flow: str) -> None:
    """Put the frame's rows in the place of the table's."""
    from pyspark.sql import Observation
    from pyspark.sql import functions as F

    observation = Observation(quality.NAME)
    checked = quality.apply(frame, dataset, flow, observation)
    with events.alive(dataset, flow):
        checked.writeTo(quoted(dataset.name)).overwrite(F.lit(True))
    events.progress(dataset, flow, "COMPLETED", quality.metrics(dataset, observation.get))


def append_once(frame, dataset: Dataset, flow: str, key: str) -> None:
    """Append a batch one single time: Delta ignores a second write under the same key."""
    from pyspark.sql import Observation

    observation = Observation(quality.NAME)
    writer = quality.apply(frame, dataset, flow, observation).write.mode("append")
    with events.alive(dataset, flow):
        writer.option("txnAppId", key).option("txnVersion", "1").saveAsTable(quoted(dataset.name))
    events.progress(dataset, flow, "COMPLETED", quality.metrics(dataset, observation.get))


def into(dataset: Dataset) -> Callable:
    """How a stream's writer starts into a table or a sink."""
    if dataset.kind == SINK:
        path = dataset.options.get("path")
        return lambda writer: writer.start(path) if path else writer.toTable(dataset.options["tableName"])
    if dataset.schema:
        return lambda writer: writer.toTable(quoted(dataset.name))
    return lambda writer: writer.option("mergeSchema", "true").toTable(quoted(dataset.name))


class Stream:
    """A streaming query and what it reports: every batch's rows once, and a word at least every ten seconds."""

    def __init__(self, dataset: Dataset, flow: str, checkpoint: str, trigger: dict, stopping, end: str = "COMPLETED"):
        """`end` is the status to report at the end: RUNNING if the flow goes on after the query."""
        self._dataset = dataset
        self._flow = flow
        self._checkpoint = checkpoint
        self._trigger = trigger
        self._stopping = stopping
        self._end = end
        self._seen = -1
        self._last = time.monotonic()

    def run(self, frame, start: Callable) -> None:
        """Until all that is there is processed, or (continuous) until the update stops. Raises Stopped then.

        `start` takes the writer and starts the query into its target.
        """
        writer = quality.apply(frame, self._dataset, self._flow).writeStream.format("delta").outputMode("append")
        writer = writer.option("checkpointLocation", self._checkpoint).queryName(self._flow).trigger(**self._trigger)
        query = start(writer)
        try:
            while not query.awaitTermination(_POLL_SECONDS):
                self._report(query)
                if self._stopping.is_set():
                    raise Stopped
        finally:
            if query.isActive:
                query.stop()
        events.progress(self._dataset, self._flow, self._end, self._news(query) or quality.metrics(self._dataset, {}))

    def _report(self, query) -> None:
        news = self._news(query)
        if news:
            events.progress(self._dataset, self._flow, "RUNNING", news, _rows(news))
        elif time.monotonic() - self._last > events.QUIET_SECONDS:
            events.progress(self._dataset, self._flow, "RUNNING", text=query.status.get("message", ""))
        else:
            return
        self._last = time.monotonic()

    def _news(self, query) -> dict | None:
        """Metrics of the batches that ended since the last look, None if there were none."""
        fresh = [batch for batch in query.recentProgress if batch.batchId > self._seen and batch.observedMetrics]
        if not fresh:
            return None
        self._seen = max(batch.batchId for batch in fresh)
        total: dict[str, int] = {}
        for batch in fresh:
            for name, value in _observed(batch).items():
                total[name] = total.get(name, 0) + value
        found = quality.metrics(self._dataset, total)
        found["metrics"] |= _backlog(fresh[-1])
        return found


def _observed(batch) -> dict[str, int]:
    row = batch.observedMetrics[quality.NAME]
    if "schema" in row:
        # Over Connect a row of metrics arrives as its parts (seen 2026-11-23 with pyspark 4.2.0).
        return dict(zip([field["name"] for field in row["schema"]["fields"]], row["values"], strict=True))
    return row.asDict()


def _backlog(batch) -> dict:
    """What is left to do, as far as the sources tell."""
    names = {"numFilesOutstanding": "backlog_files", "numBytesOutstanding": "backlog_bytes"}
    found: dict[str, int] = {}
    for source in batch.sources:
        given = source.metrics if isinstance(source.metrics, dict) else json.loads(source.metrics or "{}")
        for key, name in names.items():
            if key in given:
                found[name] = found.get(name, 0) + int(given[key])
    return found


def _rows(news: dict) -> str:
    left = news["metrics"].get("backlog_files")
    return f"{news['metrics']['num_output_rows']} rows" + (f", {left} files to go" if left else "")
