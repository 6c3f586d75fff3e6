"""`python -m include.local_workspace.engines.spark --home DIR --port N`: a Spark server in the foreground.

Prints the `sc://` URL when it is ready; SIGTERM or Ctrl-C stops it.
"""

import argparse
import os
import secrets
import signal
import sys
import threading
from pathlib import Path

from include.local_workspace.engines.spark import SparkEngine
from include.local_workspace.engines.spark.errors import SparkEngineError


def main() -> int:
    parser = argparse.ArgumentParser(prog="spark", description="Run the workspace's Spark server in the foreground.")
    parser.add_argument("--home", type=Path, required=True, help="folder of the workspace")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    options = parser.parse_args()
    cache = Path(os.environ.get("LOCAL_WORKSPACE_CACHE") or options.home / "cache")
    engine = SparkEngine(options.home, cache, options.port, secrets.token_hex(16))
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        engine.start()
        engine.wait_ready()
        print(engine.remote(), flush=True)
        while engine.alive() and not stopped.wait(0.5):
            pass
        if not stopped.is_set():
            raise SparkEngineError(f"Spark stopped by itself. End of its log:\n{engine.log_tail()}")
    except SparkEngineError as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        engine.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
