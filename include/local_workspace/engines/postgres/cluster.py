"""One PostgreSQL server: a data folder, an address, a process."""

import contextlib
import subprocess
from pathlib import Path

import psutil
import psycopg

from .. import process
from . import binaries
from .binaries import PostgresError

ADMIN = "workspace_admin"
_SETTINGS = {
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
    # Statements are never logged: one could hold a password.
    "log_min_error_statement": "panic",
}


class Cluster:
    """`folder` holds `data`; the server listens on `address`:`port` and nowhere else."""

    def __init__(self, folder: Path, address: str, port: int, password: str, log: Path, pids: Path):
        self.folder = folder
        self.address = address
        self._port = port
        self._password = password
        self._log = log
        self._pids = pids
        self._process: subprocess.Popen | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start the server and return at once. What an earlier server left running in this folder ends first."""
        _end_leftovers(self.data)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = {**_SETTINGS, "listen_addresses": self.address, "port": self._port}
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        with self._log.open("ab") as log:
            self._process = process.spawn(
                "postgres", binaries.command("postgres", "-D", self.data, *arguments), self._pids,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=binaries.environment(),
            )  # fmt: skip

    def wait_ready(self, timeout: float) -> None:
        """Return when the server answers. Raises PostgresError when it ends or takes longer."""
        if not process.wait_until(lambda: not self.alive() or self._answers(), timeout):
            raise PostgresError(f"PostgreSQL on {self.address}:{self._port} does not answer after {timeout:.0f} s.")
        if not self.alive():
            raise PostgresError(f"PostgreSQL on {self.address}:{self._port} stopped while starting. See {self._log}.")

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the server: clients are disconnected, what was committed is safe. May be called twice."""
        if self._process is not None:
            process.stop(self._process, self._pids, ask=2)
            _end_leftovers(self.data)
            self._process = None

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of the administrator, in autocommit mode."""
        return psycopg.connect(
            host=self.address, port=self._port, user=ADMIN, password=self._password, dbname=database,
            autocommit=True, connect_timeout=10, sslmode="disable",
        )  # fmt: skip

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), self.connect():
            return True
        return False


def _end_leftovers(data: Path) -> None:
    """Kill what still runs in a data folder: after a kill -9, its processes can outlive their parent."""
    left = [found for found in psutil.process_iter() if _works_in(found, data)]
    for found in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.kill()
    psutil.wait_procs(left, timeout=5)


def _works_in(found: psutil.Process, data: Path) -> bool:
    try:
        return found.name() == "postgres" and found.cwd() == str(data)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
