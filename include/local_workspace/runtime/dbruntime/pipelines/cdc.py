"""AUTO CDC: applies a feed of changes to a table, as SCD type 1 or 2.

The feed is appended, exactly once, to a Delta log of its own beside the checkpoint. Whatever rows of the target have a
key with news in the log are then computed again from all that the log holds for these keys, and merged in one commit.
So late and repeated changes, deletes that come before what they delete, and a kill at any point end in the same rows.
"""

from pathlib import Path

from . import events, flows
from .errors import PipelineError, Stopped
from .graph import Dataset, Flow
from .state import State
from .tables import newest_version, quoted, quoted_one

_SEQUENCE = "__sequence"
_DELETED = "__deleted"
_START, _END = "__START_AT", "__END_AT"
_GONE = "__gone"
_PAUSE_SECONDS = 1.0


def source(spark, changes: dict):
    """The feed as a stream."""
    return spark.readStream.table(changes["source"])


def schema(frame, changes: dict):
    """The schema of the target table."""
    columns = _columns(frame, changes)
    if _type(changes) == 1:
        return frame.select(*columns).schema
    sequence = _sequence(changes)
    return frame.select(*columns, sequence.alias(_START), sequence.alias(_END)).schema


class Changes:
    """The flow of one update: reads what is new in the feed, then merges."""

    def __init__(self, spark, state: State, dataset: Dataset, flow: Flow, stopping):
        self._spark = spark
        self._state = state
        self._dataset = dataset
        self._flow = flow
        self._changes = flow.changes
        self._stopping = stopping
        self._folder = state.checkpoints(dataset.name) / "changes"

    def run(self, frame, checkpoint: str, continuous: bool) -> None:
        """Once, or until the update stops."""
        from pyspark.sql import functions as F

        deletes = self._changes.get("apply_as_deletes")
        deleted = F.lit(False) if deletes is None else F.coalesce(_column(deletes), F.lit(False))
        columns = _columns(frame, self._changes)
        log = frame.select(*columns, _sequence(self._changes).alias(_SEQUENCE), deleted.alias(_DELETED))
        self._create_log(log.schema)
        while True:
            once = {"availableNow": True}
            stream = flows.Stream(self._dataset, self._flow.name, checkpoint, once, self._stopping, end="RUNNING")
            stream.run(log, lambda writer: writer.start(self._folder.as_uri()))
            with events.alive(self._dataset, self._flow.name):
                counts = self._merge(columns)
            text = ", ".join(f"{count} rows {what}" for what, count in counts.items())
            metrics = {"metrics": {f"num_{what}_rows": count for what, count in counts.items()}}
            events.progress(self._dataset, self._flow.name, "RUNNING" if continuous else "COMPLETED", metrics, text)
            if not continuous:
                return
            if self._stopping.wait(_PAUSE_SECONDS):
                raise Stopped

    def _create_log(self, log_schema) -> None:
        if not (self._folder / "_delta_log").exists():
            columns = ", ".join(
                f"{quoted_one(field.name)} {field.dataType.simpleString()}" for field in log_schema.fields
            )
            self._spark.sql(
                f"CREATE TABLE IF NOT EXISTS delta.{quoted_one(self._folder.as_uri())} ({columns}) USING delta "
                "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
            )

    def _merge(self, columns: list[str]) -> dict[str, int]:
        newest = int(newest_version(Path(self._folder)).split("@")[0])
        merged = (self._state.get(self._dataset.name) or {}).get("merged", 0)
        if newest <= merged:
            return {"upserted": 0, "deleted": 0}
        reader = self._spark.read.format("delta")
        news = reader.option("readChangeFeed", "true").option("startingVersion", merged + 1).load(self._folder.as_uri())
        keys = news.select(*self._changes["keys"]).distinct()
        log = (
            self._spark.read.format("delta").load(self._folder.as_uri()).join(keys, self._changes["keys"], "left_semi")
        )
        if _type(self._changes) == 1:
            counts = self._merge_latest(self._with_nulls_filled(log, columns), columns)
        else:
            counts = self._merge_history(self._with_nulls_filled(log, columns), columns, keys)
        self._state.put(self._dataset.name, merged=newest)
        return counts

    def _with_nulls_filled(self, log, columns: list[str]):
        """With ignore_null_updates, a NULL means the value before it, back to the row's last delete."""
        from pyspark.sql import Window
        from pyspark.sql import functions as F

        if not self._changes.get("ignore_null_updates"):
            return log
        keys = self._changes["keys"]
        ordered = Window.partitionBy(*keys).orderBy(_SEQUENCE)
        lives = log.withColumn("__life", F.sum(F.col(_DELETED).cast("int")).over(ordered))
        life = Window.partitionBy(*keys, "__life").orderBy(_SEQUENCE)
        filled = [
            F.col(name) if name in keys else F.last(name, ignorenulls=True).over(life).alias(name) for name in columns
        ]
        return lives.select(*filled, _SEQUENCE, _DELETED)

    def _merge_latest(self, log, columns: list[str]) -> dict[str, int]:
        from pyspark.sql import Window
        from pyspark.sql import functions as F

        newest = Window.partitionBy(*self._changes["keys"]).orderBy(F.desc(_SEQUENCE), F.desc(_DELETED))
        latest = log.withColumn("__rank", F.row_number().over(newest)).where("__rank = 1")
        return self._into_target(latest.select(*columns, F.col(_DELETED).alias(_GONE)), columns, self._changes["keys"])

    def _merge_history(self, log, output: list[str], keys) -> dict[str, int]:
        """Each change begins a row of history; the next change, or a delete, ends it."""
        from pyspark.sql import Window
        from pyspark.sql import functions as F

        names = self._changes["keys"]
        ordered = Window.partitionBy(*names).orderBy(_SEQUENCE, F.desc(_DELETED))
        content = F.struct(*output, _DELETED)
        changed = log.withColumn("__before", F.lag(content).over(ordered)).where(~F.col("__before").eqNullSafe(content))
        rows = changed.withColumn(_END, F.lead(_SEQUENCE).over(ordered)).where(~F.col(_DELETED))
        rows = rows.select(*output, F.col(_SEQUENCE).alias(_START), _END)
        at = [*names, _START]
        target = self._spark.table(quoted(self._dataset.name)).join(keys, names, "left_semi")
        old = target.join(rows, at, "left_anti").select(*output, _START, _END, F.lit(True).alias(_GONE))
        new = rows.select(*output, _START, _END, F.lit(False).alias(_GONE))
        return self._into_target(new.unionAll(old), [*output, _START, _END], at)

    def _into_target(self, rows, output: list[str], at: list[str]) -> dict[str, int]:
        view = f"__changes_of_{self._dataset.short}"
        rows.createOrReplaceTempView(view)
        on = " AND ".join(f"t.{quoted_one(name)} <=> s.{quoted_one(name)}" for name in at)
        pairs = ", ".join(f"t.{quoted_one(name)} = s.{quoted_one(name)}" for name in output)
        names, values = (", ".join(f"{prefix}{quoted_one(name)}" for name in output) for prefix in ("", "s."))
        done = self._spark.sql(
            f"MERGE INTO {quoted(self._dataset.name)} AS t USING {quoted_one(view)} AS s ON {on} "  # noqa: S608
            f"WHEN MATCHED AND s.{_GONE} THEN DELETE WHEN MATCHED THEN UPDATE SET {pairs} "
            f"WHEN NOT MATCHED AND NOT s.{_GONE} THEN INSERT ({names}) VALUES ({values})"
        ).collect()[0]
        self._spark.catalog.dropTempView(view)
        return {
            "upserted": int(done["num_updated_rows"]) + int(done["num_inserted_rows"]),
            "deleted": int(done["num_deleted_rows"]),
        }


def check(target: str, changes: dict) -> None:
    """Raises PipelineError for a change flow that cannot work."""
    if not changes["keys"] or not all(isinstance(key, str) for key in changes["keys"]):
        raise PipelineError(f"create_auto_cdc_flow into {target}: keys must be a list of column names.")
    if _type(changes) not in (1, 2):
        raise PipelineError(f"create_auto_cdc_flow into {target}: stored_as_scd_type must be 1 or 2.")
    if changes.get("column_list") and changes.get("except_column_list"):
        raise PipelineError(f"create_auto_cdc_flow into {target}: give column_list or except_column_list, not both.")


def _type(changes: dict) -> int:
    return int(changes.get("stored_as_scd_type", 1))


def _sequence(changes: dict):
    return _column(changes["sequence_by"])


def _column(given):
    from pyspark.sql import functions as F

    return F.expr(given) if isinstance(given, str) else given


def _columns(frame, changes: dict) -> list[str]:
    """The target's columns, but for those of history."""
    wanted = _names(changes, frame.columns)
    return [name for name in frame.columns if name in wanted or name in changes["keys"]]


def _names(changes: dict, columns: list[str]) -> set[str]:
    if changes.get("column_list"):
        return {_name(column) for column in changes["column_list"]} | set(changes["keys"])
    return set(columns) - {_name(column) for column in changes.get("except_column_list") or []} | set(changes["keys"])


def _name(column) -> str:
    return column if isinstance(column, str) else column._expr.name()
