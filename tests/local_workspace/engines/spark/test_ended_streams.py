"""The server lets go of streams whose session has ended: their plans and broadcasts would fill its memory."""

import subprocess

from include.local_workspace.engines.spark import java, sessions
from tests.local_workspace.runtime.support import until

STREAMS = 3


def _kept(pid: int) -> int:
    """Streaming queries in the server's memory, after a collection."""
    histogram = subprocess.run(
        [java.RUNTIME / "bin" / "jcmd", str(pid), "GC.class_histogram"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    lines = [line.split() for line in histogram.splitlines() if line.split(" (")[0].endswith(".MicroBatchExecution")]
    return sum(int(line[1]) for line in lines)


def test_a_stream_is_let_go_with_its_session_and_not_before(sql, spark_engine, tmp_path):
    sql("CREATE TABLE source AS SELECT id FROM range(3)")
    session = sessions.session(spark_engine, "main", sql.schema)
    for number in range(STREAMS):
        stream = session.readStream.table("source").writeStream.trigger(availableNow=True)
        query = stream.option("checkpointLocation", (tmp_path / str(number)).as_uri()).toTable(f"target_{number}")
        assert query.awaitTermination(120)
    kept = _kept(spark_engine.pid)
    assert kept >= STREAMS
    assert query.lastProgress is not None

    sessions.close(session)

    until(lambda: _kept(spark_engine.pid), lambda count: count <= kept - STREAMS, 60)
