"""The server as a process: token, port, kill -9, leftovers, stop."""

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import psutil
import pytest
from pyspark.errors import PySparkException
from pyspark.sql.connect.session import SparkSession

from include.local_workspace.engines import process
from include.local_workspace.engines.spark import SparkEngine, sessions
from include.local_workspace.engines.spark.errors import SparkConnectionLostError, SparkEngineError, failure
from include.local_workspace.engines.spark.extension import compiled
from include.local_workspace.serve import free_port

PROJECT = Path(__file__).parents[4]


@pytest.mark.parametrize("token", ["", ";token=wrong", ";authorization=Bearer%20wrong"])
def test_a_client_without_the_token_is_refused(spark_engine, token):
    with pytest.raises(PySparkException, match="UNAUTHENTICATED"):
        SparkSession(connection=f"sc://localhost:{spark_engine.port}/{token}").sql("SELECT 1").collect()


def test_the_server_listens_on_loopback_only(spark_engine):
    listening = [c.laddr for c in psutil.Process(spark_engine.pid).net_connections("inet") if c.status == "LISTEN"]
    assert spark_engine.port in [address.port for address in listening]
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_the_token_is_on_no_command_line_and_in_no_log(spark_engine):
    token = spark_engine.remote().partition("Bearer%20")[2].partition(";")[0]
    assert len(token) > 30
    assert token not in " ".join(psutil.Process(spark_engine.pid).cmdline())
    for path in (spark_engine.folders.log, spark_engine.folders.console, spark_engine.folders.spark / "java.args"):
        assert token not in path.read_text()


def test_a_second_engine_on_the_same_home_or_port_is_refused(spark_engine, tmp_path, cache):
    with pytest.raises(SparkEngineError, match=f"Port {spark_engine.port} .* is taken"):
        SparkEngine(tmp_path, cache, spark_engine.port, "t").start()
    code = (
        "import sys; from pathlib import Path; from include.local_workspace.engines.spark import SparkEngine;"
        "SparkEngine(Path(sys.argv[1]), Path(sys.argv[2]), 1, 't').start()"
    )
    second = subprocess.run(
        [sys.executable, "-c", code, str(spark_engine.folders.home), str(cache)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert f"Spark already runs (process {spark_engine.pid})" in second.stderr
    assert spark_engine.alive()


def test_sources_that_do_not_compile_are_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("include.local_workspace.engines.spark.extension._SOURCES", tmp_path)
    (tmp_path / "Broken.scala").write_text("class Broken {")
    with pytest.raises(SparkEngineError, match="does not compile(.|\n)*Broken.scala"):
        compiled(tmp_path / "cache", [])
    assert list((tmp_path / "cache" / "extension").iterdir()) == []


def test_everything_survives_kill_9_and_stop_leaves_nothing(tmp_path, cache):
    """A server that is killed, and the next one in its home."""
    engine = SparkEngine(tmp_path, cache, free_port(), uuid.uuid4().hex)
    engine.start()
    engine.wait_ready(240)
    spark = sessions.session(engine)
    for statement in (
        "CREATE SCHEMA main.s",
        "CREATE TABLE main.s.t (id INT)",
        "INSERT INTO main.s.t VALUES (1), (2)",
        "CREATE VIEW main.s.v AS SELECT max(id) AS id FROM main.s.t",
        "CREATE FUNCTION main.s.twice(n INT) RETURNS INT RETURN n * 2",
    ):
        spark.sql(statement)
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(SparkConnectionLostError, match="connection to Spark was lost"):
        try:
            spark.sql("SELECT 1").collect()
        except Exception as error:
            raise failure(error) from error
    assert not engine.alive()

    second = SparkEngine(tmp_path, cache, free_port(), uuid.uuid4().hex)
    second.start()
    second.wait_ready(240)
    again = sessions.session(second)
    assert again.sql("SELECT main.s.twice(id) FROM main.s.v").collect()[0][0] == 4
    server = psutil.Process(second.pid)
    family = [server, *server.children(recursive=True)]
    second.stop()
    second.stop()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert process.recorded(second.folders.pids) == []
