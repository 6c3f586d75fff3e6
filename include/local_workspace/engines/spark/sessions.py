"""Spark sessions for one statement or one run each: nothing that one of them sets is seen by another."""

import logging
import queue
import threading
import uuid
from typing import TYPE_CHECKING

import grpc
from pyspark.errors import PySparkException
from pyspark.sql.connect.client import DefaultChannelBuilder
from pyspark.sql.connect.client.retries import DefaultPolicy
from pyspark.sql.connect.session import SparkSession

from include.local_workspace.engines.spark import names
from include.local_workspace.engines.spark.errors import failure

if TYPE_CHECKING:
    from include.local_workspace.engines.spark.engine import SparkEngine

# pyspark logs every SQL error with its whole stack to stderr (seen 2026-11-23); callers report errors themselves.
logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
log = logging.getLogger(__name__)
_SPARES = 2
_HANG_UP_SECONDS = 5.0


class Spares:
    """A few sessions opened ahead, because the first request of a session is the slow one. Each is used once."""

    def __init__(self, engine: "SparkEngine"):
        self._engine = engine
        self._ready: queue.SimpleQueue[SparkSession] = queue.SimpleQueue()
        self._filling = threading.Lock()

    def take(self) -> SparkSession:
        """A session that nobody has used."""
        try:
            spare = self._ready.get_nowait()
        except queue.Empty:
            spare = connect(self._engine, str(uuid.uuid4()))
        threading.Thread(target=self.fill, name="spark-spares", daemon=True).start()
        return spare

    def fill(self) -> None:
        """Open what is missing; a server that goes away meanwhile is noticed by whoever asks it next."""
        if not self._filling.acquire(blocking=False):
            return
        try:
            while self._ready.qsize() < _SPARES and self._engine.alive():
                spare = connect(self._engine, str(uuid.uuid4()))
                spare.conf.get("spark.sql.session.timeZone")
                self._ready.put(spare)
        except (PySparkException, OSError) as gone:
            log.warning("no spare Spark session: %s", failure(gone))
        finally:
            self._filling.release()

    def forget(self) -> None:
        """Drop the sessions of a server that has ended."""
        while True:
            try:
                hang_up(self._ready.get_nowait())
            except queue.Empty:
                return


def session(
    engine: "SparkEngine", catalog: str | None = None, schema: str | None = None, session_id: str | None = None
) -> SparkSession:
    """A fresh session with its current catalog and schema set. Close it with `close`.

    session_id: a UUID under which another process can interrupt it; without it a session is taken that was opened
    ahead (its id is `.session_id`). Raises SparkFailure when catalog or schema do not exist.
    """
    spark = connect(engine, session_id) if session_id else engine.spares.take()
    try:
        if use := names.use(catalog, schema):
            spark.sql(use)
    except Exception as error:
        close(spark)
        raise failure(error) from error
    return spark


def close(spark: SparkSession) -> None:
    """End a session on the server and free its connection; a server that is gone has no session to end."""
    try:
        spark.client.release_session()
    except (PySparkException, grpc.RpcError) as gone:
        log.warning("a Spark session was not ended: %s", gone)
    hang_up(spark)


def hang_up(spark: SparkSession) -> None:
    """Free a client's connection, and wait only so long for it.

    gRPC's close sometimes never returned, though the server was idle (grpcio 1.85, seen 2026-12-01). PySpark calls it
    in `stop()`, under a lock that every other session needs, and again when a session is collected: so it is done in a
    thread, which keeps the session as long as it hangs.
    """

    def work(session: SparkSession) -> None:
        session.client.close()

    closing = threading.Thread(target=work, args=(spark,), name="spark-hang-up", daemon=True)
    closing.start()
    closing.join(_HANG_UP_SECONDS)
    if closing.is_alive():
        log.warning("a connection to Spark was not closed within %.0f s; it is left alone", _HANG_UP_SECONDS)


def interrupt(engine: "SparkEngine", session_id: str) -> list[str]:
    """Stop everything that a session runs, whichever process opened it; the ids of the stopped operations."""
    spark = connect(engine, session_id)
    try:
        return spark.interruptAll()
    except Exception as error:
        raise failure(error) from error
    finally:
        hang_up(spark)


def connect(engine: "SparkEngine", session_id: str) -> SparkSession:
    """A client of a session, which the server opens with its first request."""
    # gRPC would send loopback traffic through http_proxy, and would try for ten minutes to reach a dead server.
    builder = DefaultChannelBuilder(engine.remote(session_id), channelOptions=[("grpc.enable_http_proxy", 0)])
    spark = SparkSession(connection=builder)
    spark.client.set_retry_policies([DefaultPolicy(max_retries=6, initial_backoff=50, max_backoff=1000)])
    return spark
