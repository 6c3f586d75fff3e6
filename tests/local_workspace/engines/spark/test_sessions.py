import contextlib
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from include.local_workspace.engines.spark import sessions
from include.local_workspace.engines.spark.errors import SparkFailure, failure
from tests.conftest import ENDLESS


def test_nothing_leaks_into_the_next_session(spark_engine, sql):
    first = sessions.session(spark_engine, "main", sql.schema)
    first.sql("CREATE TEMPORARY VIEW leak AS SELECT 1")
    first.sql("SET spark.sql.ansi.enabled = false")
    sessions.close(first)
    for _ in range(3):
        later = sessions.session(spark_engine)
        assert later.conf.get("spark.sql.ansi.enabled") == "true"
        assert later.sql("SELECT current_schema()").collect()[0][0] != sql.schema
        assert not later.catalog.tableExists("leak")
        sessions.close(later)


def test_sessions_share_generated_code(spark_engine):
    """What one session has compiled is not compiled again for the next."""

    def run(statement: str) -> list:
        spark = sessions.session(spark_engine)
        try:
            return spark.sql(statement).collect()
        finally:
            sessions.close(spark)

    query = "SELECT count(*) FROM range(1000) WHERE hash(id, 4711) % 7 = 3"
    generator = "org.apache.spark.sql.catalyst.expressions.codegen.CodeGenerator"
    compiling = f"SELECT java_method('{generator}', 'compileTime')"
    spark_engine.wait_warm(60)
    for statement in (query, compiling):
        run(statement)

    before = run(compiling)
    run(query)

    assert run(compiling) == before


def test_an_unknown_catalog_or_schema_fails_at_once(spark_engine):
    with pytest.raises(SparkFailure, match="Catalog 'nowhere' was not found"):
        sessions.session(spark_engine, "nowhere", "s")
    with pytest.raises(SparkFailure, match="`main`.`nothing`") as missing:
        sessions.session(spark_engine, "main", "nothing")
    assert missing.value.error_class == "SCHEMA_NOT_FOUND"


def test_another_client_interrupts_a_session(spark_engine):
    session_id = str(uuid.uuid4())
    spark = sessions.session(spark_engine, session_id=session_id)
    outcome: list[Exception] = []

    def run() -> None:
        try:
            spark.sql(ENDLESS).collect()
        except Exception as error:
            outcome.append(error)

    running = threading.Thread(target=run)
    running.start()
    deadline = time.monotonic() + 60
    while not sessions.interrupt(spark_engine, session_id) and time.monotonic() < deadline:
        time.sleep(0.1)
    running.join(60)
    assert not running.is_alive()
    assert failure(outcome[0]).cancelled
    sessions.close(spark)


def test_interrupted_queries_leave_nothing_running(spark_engine):
    """Whenever the interrupt comes, the task slots are free afterwards, also those of stages submitted late."""

    def interrupted(moment: float) -> None:
        session_id = str(uuid.uuid4())
        spark = sessions.session(spark_engine, session_id=session_id)
        spark.conf.get("spark.sql.session.timeZone")  # opened, so that the interrupt meets the query itself

        def run() -> None:
            with contextlib.suppress(Exception):
                spark.sql("SELECT count(*) FROM range(10000000000000) WHERE hash(id, rand()) = 42").toArrow()

        running = threading.Thread(target=run)
        running.start()
        running.join(moment)
        deadline = time.monotonic() + 60
        while running.is_alive():
            assert time.monotonic() < deadline, f"the query interrupted after {moment} s goes on"
            sessions.interrupt(spark_engine, session_id)
            running.join(0.1)
        sessions.close(spark)

    spark_engine.wait_warm(60)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(interrupted, [step * 0.006 for step in range(20)]))

    assert _busy_threads(spark_engine, patience=20) == 0


def _busy_threads(engine, patience: float) -> int:
    """How many of the server's threads that run tasks use a core, as soon as none does or after `patience` seconds."""
    server = psutil.Process(engine.pid)
    deadline = time.monotonic() + patience
    while True:
        before = {thread.id: thread.user_time for thread in server.threads()}
        time.sleep(0.5)
        used = {t.id: t.user_time - before[t.id] for t in server.threads() if t.id in before}
        busy = [thread for thread, seconds in used.items() if seconds > 0.1 and _runs_tasks(engine.pid, thread)]
        if not busy or time.monotonic() > deadline:
            return len(busy)


def _runs_tasks(pid: int, thread: int) -> bool:
    with contextlib.suppress(FileNotFoundError):  # it has ended
        return Path(f"/proc/{pid}/task/{thread}/comm").read_text().startswith("Executor task")
    return False


def test_statements_run_at_the_same_time(spark_engine, sql):
    def count(number: int) -> int:
        spark = sessions.session(spark_engine, "main", sql.schema)
        try:
            return spark.sql(f"SELECT count(*) FROM range({number})").collect()[0][0]
        finally:
            sessions.close(spark)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(count, range(8))) == list(range(8))


@pytest.mark.parametrize(
    ("statement", "message", "sqlstate"),
    [
        ("SELECT 1 / 0", "Division by zero", "22012"),
        ("SELECT CAST('a' AS INT)", "malformed", "22018"),
        ("SELECT raise_error('the reason')", "the reason", "P0001"),
        ("SELECT * FROM parquet.`/nowhere`", "Path does not exist: /nowhere", "42K03"),
    ],
)
def test_failures_are_short_and_classified(sql, statement, message, sqlstate):
    with pytest.raises(SparkFailure) as failed:
        sql(statement)
    assert failed.value.sqlstate == sqlstate
    assert message in failed.value.message
    assert len(failed.value.message) < 600
