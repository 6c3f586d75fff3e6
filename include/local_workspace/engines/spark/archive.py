"""An ahead-of-time cache of the JVM: loaded and linked classes, and which methods were hot in a typical workload.

It makes the server start and warm up faster and changes nothing else; a cache that does not fit (another class path,
another runtime) is ignored by the JVM, and the engine works without one. It is about 290 MB.
"""

import fcntl
import hashlib
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.errors import PySparkException

from include.local_workspace.engines import process
from include.local_workspace.engines.spark import java, sessions, settings
from include.local_workspace.engines.spark.errors import failure

# The JVM writes the cache in a process that it starts as it ends: half a minute on two idle cores.
_WRITE_SECONDS = 600
_STATEMENTS = (
    "CREATE SCHEMA training.s",
    "USE training.s",
    "CREATE TABLE events (id BIGINT COMMENT 'x', kind STRING, amount DECIMAL(18, 2), at TIMESTAMP) COMMENT 'y'",
    "INSERT INTO events SELECT id, CAST(id % 7 AS STRING), id / 3, TIMESTAMP'2026-01-01' FROM range(1000)",
    "CREATE OR REPLACE TABLE daily CLUSTER BY (day) AS SELECT CAST(at AS DATE) AS day, kind, count(*) AS n, "
    "sum(amount) AS total, percentile_approx(amount, 0.5) AS middle, count(DISTINCT id) AS ids "
    "FROM events GROUP BY ALL",
    "INSERT INTO daily REPLACE WHERE day = DATE'2026-01-01' SELECT * FROM daily WHERE day = DATE'2026-01-01'",
    "MERGE INTO events AS t USING (SELECT 1 AS id, 'a' AS kind) AS s ON t.id = s.id "
    "WHEN MATCHED THEN UPDATE SET kind = s.kind WHEN NOT MATCHED THEN INSERT (id, kind) VALUES (s.id, s.kind)",
    "CREATE VIEW best (kind COMMENT 'x', place) AS "
    "SELECT kind, row_number() OVER (ORDER BY total DESC) AS place FROM daily",
    "CREATE FUNCTION twice(n BIGINT) RETURNS BIGINT RETURN n * 2",
    "SELECT kind, twice(place) FROM best JOIN daily USING (kind) WHERE n > 0 ORDER BY 2 LIMIT 10",
    "SHOW TABLES",
    "DESCRIBE EXTENDED events",
    "DROP SCHEMA training.s CASCADE",
)


def options(cache: Path, class_path: list[Path]) -> list[str]:
    """The JVM's options for the cache of this class path, none where there is none."""
    archive = _path(cache, class_path)
    return [f"-XX:AOTCache={archive}"] if archive.exists() else []


def train(cache: Path, class_path: list[Path]) -> Path:
    """The cache's file, made by a server of its own that runs a typical workload, if it is not there yet.

    Raises SparkEngineError when that server does not start, SparkFailure when it fails at the workload.
    """
    from include.local_workspace.engines.spark.engine import SparkEngine

    target = _path(cache, class_path)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    for killed in target.parent.glob("training-*"):
        process.reap(settings.Folders(killed / "home").pids)
        shutil.rmtree(killed)
    with tempfile.TemporaryDirectory(prefix="training-", dir=target.parent) as folder:
        part = Path(folder) / target.name
        engine = SparkEngine(Path(folder) / "home", cache, _free_port(), secrets.token_hex(16))
        engine.start([f"-XX:AOTCacheOutput={part}"])
        try:
            engine.wait_ready(_WRITE_SECONDS)
            engine.wait_warm(_WRITE_SECONDS)
            _work(engine)
        except PySparkException as error:
            raise failure(error) from error
        finally:
            engine.stop(_WRITE_SECONDS)
        if part.exists():
            part.replace(target)
    return target


@contextmanager
def locked(cache: Path, what: str) -> Iterator[None]:
    """Only one process at a time makes `what` in a cache folder; the others wait and find it done."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _work(engine) -> None:
    spark = sessions.session(engine)
    for statement in _STATEMENTS:
        spark.sql(statement).collect()
    spark.range(100).write.json("/Volumes/training/s/raw/in")
    stream = spark.readStream.schema("id BIGINT").json("/Volumes/training/s/raw/in").dropDuplicates(["id"]).writeStream
    stream = stream.option("checkpointLocation", "/Volumes/training/s/raw/checkpoint").trigger(availableNow=True)
    stream.toTable("spark_catalog.default.streamed").awaitTermination(_WRITE_SECONDS)
    sessions.close(spark)


def _path(cache: Path, class_path: list[Path]) -> Path:
    digest = hashlib.sha256((java.RUNTIME / "release").read_bytes())
    for part in (*settings.HEAP, *map(str, class_path)):
        digest.update(part.encode())
    return Path(cache) / "aot" / f"spark-{digest.hexdigest()[:16]}.aot"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((settings.HOST, 0))
        return probe.getsockname()[1]
