"""The Spark Connect server as a process: start, wait until it answers, stop."""

import contextlib
import fcntl
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from include.local_workspace.engines import process
from include.local_workspace.engines.spark import artifacts, extension, java, settings, start_cache, warm
from include.local_workspace.engines.spark.errors import SparkEngineError
from include.local_workspace.engines.spark.sessions import Spares

_NAME = "spark"


class SparkEngine:
    """One Spark Connect server for one workspace home.

    home: the workspace's folder; cache: jars and other things that survive it; port: on the loopback address;
    token: what every client must present; recording: options of a JVM that writes a start cache instead of using one.
    """

    def __init__(self, home: Path, cache: Path, port: int, token: str, recording: Sequence[str] = ()):
        self.folders = settings.Folders(Path(home).resolve())
        self.cache = Path(cache).resolve()
        self.port = port
        self._token = token
        self._recording = recording
        self._process: subprocess.Popen | None = None
        self._warming: threading.Thread | None = None
        self.spares = Spares(self)

    def start(self) -> None:
        """Start the server as the leader of its own process group and return at once.

        Raises SparkEngineError when a server runs in this home, the port is taken or a jar cannot be had.
        """
        self.folders.create()
        self._require_free_home()
        self._require_free_port()
        jars = class_path(self.cache)
        shutil.rmtree(self.folders.scratch, ignore_errors=True)
        self.folders.create()
        settings.write_log4j(self.folders)
        arguments = self.folders.spark / "java.args"
        arguments.write_text("\n".join(f'"{argument}"' for argument in self._arguments(jars)))
        environment = java.environment(
            **settings.python_environment(self.folders, java.PYSPARK), SPARK_CONNECT_AUTHENTICATE_TOKEN=self._token
        )
        with self.folders.console.open("wb") as console:
            self._process = process.spawn(
                _NAME, [java.java(), f"@{arguments}"], self.folders.pids,
                cwd=self.folders.spark, env=environment, stdin=subprocess.DEVNULL, stdout=console,
                stderr=subprocess.STDOUT,
            )  # fmt: skip

    def wait_ready(self, timeout: float = 120) -> None:
        """Return when the server accepts connections; it goes on warming up in the background.

        Raises SparkEngineError when it dies or takes longer than `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self.alive():
                raise SparkEngineError(f"Spark stopped while starting. End of {self.folders.log}:\n{self.log_tail()}")
            with contextlib.suppress(OSError), socket.create_connection((settings.HOST, self.port), timeout=1):
                self._warming = warm.warm_in_background(self)
                return
            time.sleep(0.05)
        raise SparkEngineError(f"Spark is not ready after {timeout:.0f} s. Look at {self.folders.log}.")

    def wait_warm(self, timeout: float) -> None:
        """Return when the warm-up that `wait_ready` began has ended, or after `timeout` seconds."""
        if self._warming is not None:
            self._warming.join(timeout)

    def stop(self, timeout: float = 10) -> None:
        """End the server and everything that it started; kill what takes longer than `timeout` seconds.

        Safe to call twice.
        """
        self.spares.forget()
        if self._process is not None:
            process.stop(self._process, self.folders.pids, timeout)
        # The warm-up's thread ends with the server, or it would find the interpreter gone.
        self.wait_warm(5)

    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Process id of the server, None before the start."""
        return self._process.pid if self._process else None

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of what the JVM printed and of Spark's log."""
        text = ""
        for path in (self.folders.console, self.folders.log):
            if path.exists():
                with path.open("rb") as log:
                    log.seek(max(0, path.stat().st_size - 20_000))
                    text += "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:]) + "\n"
        return text.replace(self._token, "[token]")

    def remote(self, session_id: str | None = None, user: str = "workspace") -> str:
        """The `sc://` URL of this server for pyspark, with the token; `session_id` (a UUID) names a session."""
        # As a header of our own, not as `token=`: that makes call credentials, whose Python callback costs a third of a
        # short session's time, and a channel with them was seen whose close() never came back (see `hang_up`).
        url = f"sc://{settings.HOST}:{self.port}/;authorization=Bearer%20{self._token};user_id={user}"
        return f"{url};session_id={session_id}" if session_id else url

    def set_catalogs(self, names: Iterable[str]) -> None:
        """Tell Spark which catalogs exist; before the first call every name is taken for a catalog."""
        self.folders.create()
        part = self.folders.catalogs.with_suffix(".part")
        part.write_text("".join(f"{name}\n" for name in sorted(names)))
        part.replace(self.folders.catalogs)

    def _arguments(self, jars: list[Path]) -> list[str]:
        spark = settings.spark_settings(self.folders, self.port)
        return [
            *java.MODULE_OPTIONS,
            *settings.jvm_options(self.folders),
            *(self._recording or start_cache.using(self.cache, jars)),
            *(f"-D{key}={value}" for key, value in spark.items()),
            "-cp",
            ":".join(map(str, jars)),
            extension.MAIN,
        ]

    def _require_free_home(self) -> None:
        for running in process.recorded(self.folders.pids):
            if running["name"] == _NAME:
                where = f"(process {running['pid']}) in {self.folders.home}"
                raise SparkEngineError(f"Spark already runs {where}. Stop it, or use another home.")

    def _require_free_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.HOST, self.port))
            except OSError as taken:
                raise SparkEngineError(
                    f"Port {self.port} on {settings.HOST} is taken ({taken.strerror}). Choose another one for Spark."
                ) from taken


def class_path(cache: Path) -> list[Path]:
    """The server's class path: jars are fetched and the extension is compiled, as far as that is not done yet.

    Only one process at a time does it for a cache folder; the others wait and find it done.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "jars.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        libraries = [artifacts.fetch(artifact, cache / "jars") for artifact in artifacts.DELTA]
        return [extension.compiled(cache, libraries), *libraries, *java.spark_jars()]
