"""The Delta tables of a pipeline: made, changed, emptied and asked for their version."""

import hashlib
import json
import shutil
import threading
from pathlib import Path
from urllib.parse import unquote, urlparse

from .errors import PipelineError
from .graph import MATERIALIZED_VIEW, Dataset
from .state import State


class Tables:
    """The tables of one update; `existing` are the names that the catalog has at its start."""

    def __init__(self, spark, state: State, pipeline_id: str, existing: set[str]):
        self._spark = spark
        self._state = state
        self._pipeline_id = pipeline_id
        self._existing = existing
        self._fitting = threading.Lock()

    def exists(self, name: str) -> bool:
        return name in self._existing

    def own(self, dataset: Dataset) -> None:
        """Claim the name. Raises PipelineError if it is somebody else's table."""
        if self._state.get(dataset.name) is None:
            if self.exists(dataset.name):
                raise PipelineError(
                    f"Table {dataset.name} exists and is not managed by this pipeline. Drop it, or name the dataset "
                    "differently."
                )
            self._state.put(dataset.name, kind=dataset.kind)
        elif not self.exists(dataset.name):
            # Dropped from outside: without its rows the checkpoint is worth nothing.
            shutil.rmtree(self._state.checkpoints(dataset.name), ignore_errors=True)

    def empty(self, dataset: Dataset) -> None:
        """Full refresh: rows and checkpoints go. The mark makes a kill in between harmless: it is done again."""
        self._state.put(dataset.name, resetting=True, flows={}, merged=0)
        if self.exists(dataset.name):
            self._sql(f"DROP TABLE IF EXISTS {quoted(dataset.name)}")
            self._existing.discard(dataset.name)
        shutil.rmtree(self._state.checkpoints(dataset.name), ignore_errors=True)
        self._state.put(dataset.name, resetting=False)

    def fit(self, dataset: Dataset, schema) -> None:
        """Create the table, or change it to what the source says now; `schema` is what the flow returns."""
        with self._fitting:
            self._fit(dataset, schema)

    def _fit(self, dataset: Dataset, schema) -> None:
        columns = _columns(dataset, schema)
        definition = _hash(columns, dataset.comment, dataset.properties, dataset.partition_cols, dataset.cluster_by)
        known = self._state.get(dataset.name) or {}
        if self.exists(dataset.name) and known.get("definition") == definition:
            return
        if not self.exists(dataset.name) or dataset.kind == MATERIALIZED_VIEW:
            self._create(dataset, columns)
        else:
            self._alter(dataset, schema)
        self._existing.add(dataset.name)
        self._state.put(dataset.name, definition=definition, flows={})

    def version(self, name: str) -> str:
        """What tells one state of a table from the next: its newest commit, read from its log."""
        return newest_version(self._location(name))

    def _create(self, dataset: Dataset, columns: str) -> None:
        properties = {**dataset.properties, "pipelines.pipelineId": self._pipeline_id}
        replace = "CREATE OR REPLACE TABLE" if dataset.kind == MATERIALIZED_VIEW else "CREATE TABLE IF NOT EXISTS"
        parts = [f"{replace} {quoted(dataset.name)} ({columns}) USING delta"]
        if dataset.partition_cols:
            parts.append(f"PARTITIONED BY ({_names(dataset.partition_cols)})")
        if dataset.cluster_by:
            parts.append(f"CLUSTER BY ({_names(dataset.cluster_by)})")
        if dataset.comment:
            parts.append(f"COMMENT {literal(dataset.comment)}")
        pairs = ", ".join(f"{literal(name)} = {literal(value)}" for name, value in sorted(properties.items()))
        self._sql(" ".join([*parts, f"TBLPROPERTIES ({pairs})"]))

    def _alter(self, dataset: Dataset, schema) -> None:
        """A streaming table keeps its rows: new columns, comments and properties are added."""
        name = quoted(dataset.name)
        have = {field.name.lower(): field for field in self._spark.table(name).schema.fields}
        for field in _fields(self._spark, dataset, schema):
            comment = field.metadata.get("comment")
            if field.name.lower() not in have:
                self._sql(f"ALTER TABLE {name} ADD COLUMNS ({_column(field)})")
            elif comment and have[field.name.lower()].metadata.get("comment") != comment:
                self._sql(f"ALTER TABLE {name} ALTER COLUMN {quoted_one(field.name)} COMMENT {literal(comment)}")
        if dataset.comment:
            self._sql(f"COMMENT ON TABLE {name} IS {literal(dataset.comment)}")
        if dataset.properties:
            pairs = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in dataset.properties.items())
            self._sql(f"ALTER TABLE {name} SET TBLPROPERTIES ({pairs})")

    def _location(self, name: str) -> Path:
        known = (self._state.get(name) or {}).get("location")
        if known is None:
            known = self._sql(f"DESCRIBE DETAIL {quoted(name)}").collect()[0]["location"]
            if self._state.get(name) is not None:
                self._state.put(name, location=known)
        return Path(unquote(urlparse(known).path))

    def _sql(self, text: str):
        return self._spark.sql(text)


def newest_version(folder: Path) -> str:
    """Number and time of the newest commit of the Delta table in a folder."""
    newest = max((folder / "_delta_log").glob("*[0-9].json"), default=None)
    if newest is None:
        raise PipelineError(f"{folder} holds no Delta table: it has no commits.")
    return f"{int(newest.stem)}@{newest.stat().st_mtime_ns}"


def quoted(name: str) -> str:
    """A dotted name with every part in backticks."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in name.split("."))


def literal(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _columns(dataset: Dataset, schema) -> str:
    if isinstance(dataset.schema, str):
        return dataset.schema
    return ", ".join(_column(field) for field in (dataset.schema or schema).fields)


def _fields(spark, dataset: Dataset, schema) -> list:
    if isinstance(dataset.schema, str):
        return spark.createDataFrame([], dataset.schema).schema.fields
    return (dataset.schema or schema).fields


def _column(field) -> str:
    comment = field.metadata.get("comment")
    # Only a declared schema makes a column NOT NULL; here nullability is what Spark derived for one query.
    return f"{quoted_one(field.name)} {field.dataType.simpleString()}" + (
        f" COMMENT {literal(comment)}" if comment else ""
    )


def quoted_one(name: str) -> str:
    """One name in backticks, dots included."""
    return f"`{name.replace('`', '``')}`"


def _names(columns: list[str]) -> str:
    return ", ".join(quoted(column) for column in columns)


def _hash(*parts) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
