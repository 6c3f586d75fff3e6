import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from include.local_workspace.engines.spark import sessions
from include.local_workspace.engines.spark.errors import SparkFailure, failure


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
            spark.sql("SELECT count(*) FROM range(1000000) AS a CROSS JOIN range(10000000) AS b").collect()
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
