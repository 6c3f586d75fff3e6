"""Makes Spark's start cache: a server of its own does a small day's work, and what it learned is kept.

A server is ready in 3.3 s with it and in 5.4 s without, and a first run of the DAG takes 131 s for 142 s (2 cores,
2026-12-01, `make bench ARGS="workspace steps"`).
"""

import fcntl
import shutil
import tempfile
import uuid
from pathlib import Path

from pyspark.sql.connect.session import SparkSession

from include.local_workspace.engines import process
from include.local_workspace.engines.spark import sessions, start_cache
from include.local_workspace.engines.spark.engine import SparkEngine, class_path
from include.local_workspace.engines.spark.errors import SparkEngineError
from include.local_workspace.serve import free_port

_WRITING_SECONDS = 300
_ROUNDS = 3

_ATTEMPTS = (
    "uuid() AS attempt_id",
    "id % 500 AS merchant_id",
    "timestamp_millis(1767225600000 + id * 4000) AS at",
    "CAST(id % 900 AS DECIMAL(18, 2)) AS amount",
    "id % 5 = 0 AS declined",
    *(f"concat('value ', id % {n + 2}) AS attribute_{n}" for n in range(24)),
)
_TABLES = (
    "CREATE TABLE merchants (merchant_id BIGINT NOT NULL COMMENT 'Key', name STRING DEFAULT 'unknown', "
    "risk DOUBLE) USING delta COMMENT 'Training' TBLPROPERTIES ('layer' = 'reference')",
    "INSERT INTO merchants SELECT id, concat('merchant ', id), rand() FROM range(500)",
    "CREATE TABLE daily (day DATE, attribute STRING, attempts BIGINT, approved BIGINT, amount DECIMAL(38, 2), "
    "merchants BINARY) USING delta",
    "CREATE VIEW shares AS SELECT day, attribute, sum(approved) / sum(attempts) AS approval_rate, "
    "hll_sketch_estimate(hll_union_agg(merchants)) AS merchants FROM daily GROUP BY ALL",
)
_DAY = (
    "DELETE FROM daily WHERE day = DATE'2026-01-01'",
    "INSERT INTO daily SELECT to_date(at), attribute_0, count(*), count_if(NOT declined), sum(amount), "
    "hll_sketch_agg(merchant_id) FROM silver GROUP BY ALL",
    "MERGE INTO merchants USING (SELECT merchant_id, avg(amount) AS mean FROM silver GROUP BY merchant_id) AS new "
    "ON merchants.merchant_id = new.merchant_id WHEN MATCHED THEN UPDATE SET risk = new.mean "
    "WHEN NOT MATCHED THEN INSERT (merchant_id, risk) VALUES (new.merchant_id, new.mean)",
    "ALTER TABLE merchants SET TBLPROPERTIES ('layer' = 'silver')",
    "SELECT * FROM shares ORDER BY approval_rate DESC LIMIT 20",
    "WITH hours AS (SELECT date_trunc('HOUR', at) AS hour, name, count(*) AS attempts, max(amount) AS largest, "
    "approx_count_distinct(attribute_3) AS kinds FROM silver GROUP BY 1, 2) SELECT *, "
    "lag(attempts) OVER (PARTITION BY name ORDER BY hour) AS before FROM hours QUALIFY "
    "row_number() OVER (PARTITION BY name ORDER BY hour DESC) = 1 ORDER BY attempts DESC LIMIT 10",
    "SELECT a.attribute_1, count(DISTINCT b.merchant_id) AS merchants FROM silver AS a JOIN merchants AS b "
    "USING (merchant_id) LEFT ANTI JOIN daily AS d ON d.attribute = a.attribute_2 WHERE a.amount BETWEEN 1 AND 800 "
    "AND a.name LIKE 'merchant%' GROUP BY a.attribute_1 HAVING count(*) > 1 ORDER BY 2",
    "DESCRIBE EXTENDED daily",
    "SHOW TABLES",
)


def trained(cache: Path) -> bool:
    """Whether there is a start cache for what Spark would run with."""
    return start_cache.file(cache, class_path(cache)).exists()


def train(cache: Path) -> None:
    """Make the start cache below `cache` if it is not there; only one process makes it, others wait for it.

    Raises SparkEngineError if Java wrote none, and what Spark raises when the work fails.
    """
    target = start_cache.file(cache, class_path(cache))
    with (cache / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            return
        # A cache of another class path is of no use any more, nor what an interrupted training left, with its server.
        for pids in target.parent.glob("*/home/pids"):
            process.reap(pids)
        shutil.rmtree(target.parent, ignore_errors=True)
        target.parent.mkdir()
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            _record(Path(folder), cache).replace(target)


def _record(folder: Path, cache: Path) -> Path:
    """The start cache that a server wrote which worked in `folder`."""
    part = folder / "part.aot"
    engine = SparkEngine(folder / "home", cache, free_port(), uuid.uuid4().hex, start_cache.writing(part))
    try:
        engine.start()
        engine.wait_ready()
        session = sessions.session(engine)
        _work(session, folder)
        sessions.close(session)
    except BaseException:
        engine.stop(0)
        raise
    engine.stop(_WRITING_SECONDS)
    if not part.exists():
        raise SparkEngineError(f"Java wrote no start cache. It said:\n{engine.log_tail()}")
    return part


def _work(spark: SparkSession, folder: Path) -> None:
    """Tables, streams with a state, daily figures and queries, as a day of a lakehouse has them."""
    files, checkpoints = str(folder / "files"), folder / "checkpoints"
    for statement in ("CREATE SCHEMA training", "USE SCHEMA training", *_TABLES):
        spark.sql(statement).collect()
    for _ in range(_ROUNDS):
        spark.range(4000).selectExpr(*_ATTEMPTS).write.mode("append").parquet(files)
        landed = spark.readStream.schema(spark.read.parquet(files).schema).parquet(files)
        _stream(landed.selectExpr("*", "current_timestamp() AS arrived"), "bronze", checkpoints)
        once = spark.readStream.table("bronze").dropDuplicates(["attempt_id"])
        _stream(once.join(spark.table("merchants"), "merchant_id", "left"), "silver", checkpoints)
        for statement in _DAY:
            spark.sql(statement).collect()


def _stream(rows, table: str, checkpoints: Path) -> None:
    """Write what is new of a stream of `rows` to a table."""
    query = rows.writeStream.format("delta").option("checkpointLocation", str(checkpoints / table))
    query.trigger(availableNow=True).toTable(table).awaitTermination()
