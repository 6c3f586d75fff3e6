"""Watches what a pipeline's functions read, and refuses what a pipeline's function must not do.

Which dataset needs which is found by running the functions: one that reads a dataset that is not ready raises Waiting,
and runs again when it is. So ordinary DataFrame code is safe, `df.columns` included.
"""

import re
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

from .errors import PipelineError, Waiting
from .graph import VIEW, Graph

_current = threading.local()
_ACTIONS = ("collect", "count", "toPandas", "toArrow", "toLocalIterator", "show", "head", "first", "take", "tail",
            "foreach", "foreachPartition", "isEmpty")  # fmt: skip
_WRITERS = ("write", "writeStream")
_QUERY = re.compile(
    r"\s*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*\(*\s*(SELECT|WITH|FROM|VALUES|TABLE|SHOW|DESC|DESCRIBE)\b", re.I | re.S
)
_QUOTED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.S)
_NAME = re.compile(r"(?:`[^`]+`|\w+)(?:\.(?:`[^`]+`|\w+))*")


@dataclass
class Evaluation:
    """One call of a function: which tables it read, and whether it read anything else (files, for instance)."""

    reader: "Reader"
    tables: set[str] = field(default_factory=set)
    other: bool = False


class Reader:
    """Answers reads of one pipeline's datasets.

    `ready(name)` tells whether a table can be read; `stand_in(name, streaming)` gives a DataFrame in its place, or None
    to read the real table.
    """

    def __init__(self, graph: Graph, ready: Callable[[str], bool], stand_in: Callable[[str, bool], object]):
        self.graph = graph
        self.ready = ready
        self.stand_in = stand_in

    def evaluate(self, function: Callable) -> tuple[object, Evaluation]:
        """Call the function; raises Waiting when it needs a dataset that is not ready."""
        seen = Evaluation(self)
        with _evaluating(seen):
            frame = function()
        return frame, seen

    def read(self, name: str, streaming: bool) -> object | None:
        """A DataFrame for what the current function reads under this name, or None for a table as it is."""
        found = self.graph.find(name)
        if found is None:
            _current.evaluation.tables.add(self.graph.qualify(name))
            return None
        if found.kind == VIEW:
            return found.flows[0].function()
        if not self.ready(found.name):
            raise Waiting(found.name)
        _current.evaluation.tables.add(found.name)
        return self.stand_in(found.name, streaming)

    def query(self, spark, text: str) -> None:
        """Make the datasets that a SQL text names readable under these names."""
        if not _QUERY.match(text):
            raise PipelineError(f"A pipeline's function may run queries only, not {text.strip()[:60]!r}.")
        blank = _QUOTED.sub(" ", text)
        _current.evaluation.other = True
        for name in {match[0] for match in _NAME.finditer(blank)}:
            found = self.graph.find(name) if name.count(".") < 3 else None
            if found is None:
                continue
            frame = self.read(name, streaming=False)
            if frame is not None and "." not in name:
                frame.createOrReplaceTempView(name)


@contextmanager
def _evaluating(evaluation: Evaluation | None):
    before = getattr(_current, "evaluation", None)
    _current.evaluation = evaluation
    try:
        yield
    finally:
        _current.evaluation = before


@contextmanager
def loading(graph: Graph):
    """While source files are imported: nothing may be run or written."""
    with _evaluating(Evaluation(Reader(graph, lambda name: False, lambda name, streaming: None))):
        yield


def watch() -> None:
    """Put the watch into PySpark's classes; without a current evaluation they work as always."""
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.readwriter import DataFrameReader
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.connect.streaming.readwriter import DataStreamReader

    _watch_table(SparkSession, streaming=False)
    _watch_table(DataFrameReader, streaming=False)
    _watch_table(DataStreamReader, streaming=True)
    _watch_load(DataFrameReader)
    _watch_load(DataStreamReader)
    _watch_sql(SparkSession)
    for name in _ACTIONS:
        _forbid(DataFrame, name)
    for name in _WRITERS:
        _forbid_property(DataFrame, name)
    _forbid(DataFrame, "writeTo")


def _watch_table(owner: type, streaming: bool) -> None:
    original = owner.table

    def table(self, tableName: str, *rest, **options):  # noqa: N803 - PySpark's name
        evaluation = getattr(_current, "evaluation", None)
        frame = evaluation.reader.read(tableName, streaming) if evaluation else None
        return original(self, tableName, *rest, **options) if frame is None else frame

    owner.table = table


def _watch_load(owner: type) -> None:
    original = owner.load

    def load(self, *arguments, **options):
        if getattr(_current, "evaluation", None):
            _current.evaluation.other = True
        return original(self, *arguments, **options)

    owner.load = load


def _watch_sql(owner: type) -> None:
    original = owner.sql

    def sql(self, sqlQuery: str, *rest, **options):  # noqa: N803 - PySpark's name
        evaluation = getattr(_current, "evaluation", None)
        if evaluation:
            evaluation.reader.query(self, sqlQuery)
        with _evaluating(None):
            return original(self, sqlQuery, *rest, **options)

    owner.sql = sql


def _forbid(owner: type, name: str) -> None:
    original = getattr(owner, name)

    def guarded(self, *arguments, **options):
        _refuse(name)
        return original(self, *arguments, **options)

    setattr(owner, name, guarded)


def _forbid_property(owner: type, name: str) -> None:
    original = getattr(owner, name)

    def guarded(self):
        _refuse(name)
        return original.fget(self)

    setattr(owner, name, property(guarded))


def _refuse(name: str) -> None:
    if getattr(_current, "evaluation", None):
        raise PipelineError(
            f"DataFrame.{name} is not allowed in a pipeline's source: functions return DataFrames, and the pipeline "
            "writes them. Move it out of the pipeline."
        )
