"""Entry point of a run process: import what is slow to import, wait for one job on stdin, do it, end.

`python -I -u worker.py EVENTS_FD`: the job arrives as one JSON line on stdin, events leave as JSON lines on the file
descriptor. When stdin ends, the workspace is gone, and so is this process.
"""

import json
import logging
import os
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
_FAREWELL_SECONDS = 3.0


def main() -> None:
    sys.path.insert(0, str(HERE))
    from dbruntime import channel

    channel.open_on(int(sys.argv[1]))
    _import_ahead()
    channel.send("ready")
    line = _first_line()
    if not line:
        os._exit(0)
    job = json.loads(line)
    threading.Thread(target=_end_with_workspace, name="stdin", daemon=True).start()
    _redirect_output(Path(job["log"]))
    os.chdir(job["folder"])
    os.environ.update(job["environment"])

    from dbruntime.job import perform

    # PySpark logs every error a second time, with all frames of the JVM.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    logging.getLogger("DataFrameQueryContextLogger").setLevel(logging.CRITICAL)
    code = perform(job)
    sys.stdout.flush()
    sys.stderr.flush()
    _say_goodbye()
    # A Spark Connect client can hang for minutes when the interpreter ends (seen 2026-11-23): skip that.
    os._exit(code)


def _import_ahead() -> None:
    import databricks.sdk  # noqa: F401
    import numpy  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import pyspark.sql.connect.functions  # noqa: F401
    import pyspark.sql.connect.session  # noqa: F401
    import pyspark.sql.functions  # noqa: F401
    from dbruntime import job, notebook, pipelines  # noqa: F401


def _first_line() -> bytes:
    """The job, read without Python's buffering: what follows belongs to the thread that waits for the end."""
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 65536)
        if not part:
            return b""
        line += part
    return line


def _end_with_workspace() -> None:
    while os.read(0, 65536):
        pass
    os._exit(143)


def _redirect_output(log: Path) -> None:
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    sys.stdin = open(os.devnull)  # noqa: SIM115 - lives as long as the process


def _say_goodbye() -> None:
    """Release the Spark session on the server, but not at any price."""
    from dbruntime import session

    goodbye = threading.Thread(target=session.close, daemon=True)
    goodbye.start()
    goodbye.join(_FAREWELL_SECONDS)


if __name__ == "__main__":
    main()
