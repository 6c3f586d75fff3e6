"""Run processes: one for each notebook, Python file or pipeline update, started ahead so that a run begins at once.

A process is used for one run only. It sees the uploaded workspace files and the installed packages, not the checkout:
its path holds `runtime/` and site-packages alone, and its environment is made here from nothing.
"""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from . import process
from .spark import sessions

if TYPE_CHECKING:
    from ..context import Workspace

log = logging.getLogger(__name__)
_ENTRY = Path(__file__).resolve().parents[1] / "runtime" / "worker.py"
_SPARES = 1
# How long the output of a run is kept, as on Databricks.
KEEP_MILLISECONDS = 60 * 24 * 3600 * 1000
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


class WorkerDied(Exception):
    """A run's process ended without saying how the run went."""


class Worker:
    """A process that waits for its job, and then does it."""

    def __init__(self, pids: Path, logs: Path):
        self._pids = pids
        events, their_end = os.pipe()
        environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        with (logs / "workers.log").open("ab") as sink:
            self._process = process.spawn(
                "run",
                [sys.executable, "-I", "-u", _ENTRY, their_end],
                pids,
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=sink,
                pass_fds=[their_end],
                env=environment,
            )
        os.close(their_end)
        self._events = os.fdopen(events, encoding="utf-8")
        self._session_id = ""

    def alive(self) -> bool:
        return self._process.poll() is None

    def run(self, job: dict, session_id: str, on_event: Callable[[dict], None]) -> dict:
        """Do the job; every event but the last goes to `on_event`, the last ("finished" or "failed") is returned.

        Raises WorkerDied if the process ends without one, which is also how a killed run ends.
        """
        self._session_id = session_id
        last = None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()
        for line in self._events:
            event = json.loads(line)
            if event["event"] in ("finished", "failed"):
                last = event
                break  # a process that user code left running may hold the pipe open
            elif event["event"] != "ready":
                on_event(event)
        self.end(5.0)
        if last is None:
            code = self._process.returncode
            cause = f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"exit code {code}"
            raise WorkerDied(f"The Python process of the run ended unexpectedly with {cause}.")
        return last

    def interrupt(self, spark) -> None:
        """Stop the Spark queries of the run; its Python code goes on, with an error."""
        if self._session_id:
            sessions.interrupt(spark, self._session_id)

    def release(self, spark) -> None:
        """End the session of a process that was killed: its streaming queries would go on without it."""
        try:
            sessions.close(sessions.connect(spark, self._session_id))
        except Exception as error:
            log.warning("the Spark session of a run that died was not released: %s", error)

    def ask(self) -> None:
        """SIGTERM: a pipeline stops cleanly, everything else ends."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGTERM)

    def end(self, patience: float) -> None:
        """Wait for the process, then kill whatever is left of its group."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        process.kill_group(self._process.pid)
        self._process.wait()
        process.forget(self._process.pid, self._pids)
        with contextlib.suppress(OSError):
            self._process.stdin.close()


class Workers:
    """Hands out processes. One is kept waiting; the next is made when a run has ended, not beside it."""

    def __init__(self, ws: "Workspace"):
        self._ws = ws
        self._lock = threading.Lock()
        self._spares: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False

    def refill(self) -> None:
        """Start spare processes, in the background."""
        with self._lock:
            while not self._closed and len(self._spares) < _SPARES:
                self._spares.append(self._new())

    def take(self) -> Worker:
        """A process for one run; give it back to `done`. Raises WorkerDied when the workspace is stopping."""
        with self._lock:
            if self._closed:
                raise WorkerDied("The local workspace is stopping.")
            worker = None
            while self._spares and worker is None:
                spare = self._spares.pop()
                if spare.alive():
                    worker = spare
                else:
                    spare.end(0)
            worker = worker or self._new()
            self._busy.add(worker)
            return worker

    def run(self, worker: Worker, job: dict, session_id: str, on_event: Callable[[dict], None]) -> dict:
        """Do a job in a process that `take` gave, and clear up behind it. Raises WorkerDied."""
        try:
            return worker.run(job, session_id, on_event)
        except WorkerDied:
            if not self._closed:
                worker.release(self._ws.spark)
            raise
        finally:
            self.done(worker)

    def done(self, worker: Worker) -> None:
        """Forget a process; when none is busy any more, the next spare is made."""
        with self._lock:
            self._busy.discard(worker)
            idle = not self._busy
        if idle:
            self.refill()

    def stop(self) -> None:
        """Kill every process."""
        with self._lock:
            self._closed = True
            everyone = [*self._spares, *self._busy]
            self._spares = []
        for worker in everyone:
            worker.end(0)

    def environment(self, session_id: str) -> dict[str, str]:
        """What a run finds in its environment."""
        ws = self._ws
        return {
            "SPARK_REMOTE": ws.spark.remote(session_id=session_id),
            "VOLUMES_ROOT": str(ws.home.volumes),
            "WORKSPACE_FILES_ROOT": str(ws.home.files),
            "DATABRICKS_HOST": ws.host,
            "DATABRICKS_TOKEN": ws.token,
            "DATABRICKS_AUTH_TYPE": "pat",
        }

    def _new(self) -> Worker:
        return Worker(self._ws.home.pids, self._ws.home.logs)


def new_session() -> str:
    """An id for a Spark session."""
    return str(uuid.uuid4())


def of(ws: "Workspace") -> Workers:
    """The processes of a workspace: runs and updates share them."""
    return ws.services.setdefault("workers", Workers(ws))
