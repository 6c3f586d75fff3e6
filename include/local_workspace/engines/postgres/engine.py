"""All servers of a workspace: made, copied, started together, stopped together.

Each branch of each project is a server of its own on the one port, at an address of its own: the first at 127.0.0.1,
the next at 127.0.0.2 and so on. So branches hold databases and roles of the same names and never mix.
"""

import contextlib
import hmac
import json
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import psycopg

from ...errors import ApiError
from . import binaries
from .cluster import ADMIN, Cluster

_MOST = 20
_COPY_SECONDS = 600


class Postgres:
    """`home`: the workspace's folder; `port`: where every server listens, each at its own loopback address."""

    def __init__(self, home: Path, port: int):
        self._home = home
        self.port = port
        self._folder = home / "postgres"
        self._clusters: dict[str, Cluster] = {}

    def start(self) -> None:
        """Start every server that was on. The first start prepares the files from which new servers are made."""
        self._prepare()
        for file in sorted(self._folder.glob("*/server.json")):
            server = json.loads(file.read_text())
            self._clusters[file.parent.name] = cluster = self._cluster(file.parent.name, server["address"])
            if server["on"]:
                cluster.start()

    def wait_ready(self, timeout: float = 60) -> None:
        for name, cluster in list(self._clusters.items()):
            if self._on(name):
                cluster.wait_ready(timeout)

    def alive(self) -> bool:
        return all(cluster.alive() for name, cluster in list(self._clusters.items()) if self._on(name))

    def stop(self) -> None:
        for cluster in list(self._clusters.values()):
            cluster.stop()

    def log_tail(self, lines: int = 30) -> str:
        if not self._log.exists():
            return ""
        with self._log.open("rb") as log:
            log.seek(max(0, self._log.stat().st_size - 20_000))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])

    def create(self, name: str, source: str | None = None) -> None:
        """A new running server, empty or with the data of the server `source` as it is now.

        What an interrupted creation left under this name is replaced.
        """
        self.drop(name)
        if len(self._clusters) >= _MOST:
            raise ApiError("BAD_REQUEST", f"This workspace runs {_MOST} Lakebase branches at most. Delete one.")
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=self._folder))
        try:
            self._fill(part, source)
            address = self._free_address()
            (part / "server.json").write_text(json.dumps({"address": address, "on": True}))
            part.rename(self._folder / name)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        cluster = self._cluster(name, address)
        cluster.start()
        self._clusters[name] = cluster
        cluster.wait_ready(60)

    def drop(self, name: str) -> None:
        """Stop a server and delete its data."""
        cluster = self._clusters.pop(name, None)
        if cluster:
            cluster.stop()
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def switch(self, name: str, on: bool) -> None:
        """Let a server run, or stop it and keep its data."""
        cluster = self._clusters[name]
        if on and not cluster.alive():
            cluster.start()
            cluster.wait_ready(60)
        (cluster.folder / "server.json").write_text(json.dumps({"address": cluster.address, "on": on}))
        if not on:
            cluster.stop()

    def address(self, name: str) -> str:
        """Where the server listens; 127.0.0.1 for the first one."""
        return self._clusters[name].address

    def secret(self, label: str) -> str:
        """A password for `label`: the same each time, not to be guessed without the administrator's own."""
        return hmac.new(self._password_file.read_bytes(), label.encode(), sha256).hexdigest()

    @contextlib.contextmanager
    def admin(self, name: str, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """A connection of the administrator, in autocommit mode. Raises 503 when the server cannot be reached."""
        try:
            with self._clusters[name].connect(database) as connection:
                yield connection
        except (KeyError, psycopg.OperationalError) as error:
            raise ApiError(
                "TEMPORARILY_UNAVAILABLE", f"The database server of {name} does not answer. It starts again by itself."
            ) from error

    @property
    def _log(self) -> Path:
        return self._home / "logs" / "postgres.log"

    @property
    def _template(self) -> Path:
        return self._folder / "template"

    @property
    def _password_file(self) -> Path:
        return self._folder / "admin.password"

    def _cluster(self, name: str, address: str) -> Cluster:
        password = self._password_file.read_text()
        return Cluster(self._folder / name, address, self.port, password, self._log, self._home / "pids")

    def _on(self, name: str) -> bool:
        return json.loads((self._folder / name / "server.json").read_text())["on"]

    def _prepare(self) -> None:
        """initdb, once: every server starts as a copy of its result."""
        for folder in (self._folder, self._log.parent, self._home / "pids"):
            folder.mkdir(parents=True, exist_ok=True)
        for part in self._folder.glob(".part-*"):
            shutil.rmtree(part)
        if self._template.exists():
            return
        self._password_file.write_text("")
        self._password_file.chmod(0o600)
        self._password_file.write_text(secrets.token_hex(24))
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=self._folder))
        binaries.give(part)
        binaries.run(
            "initdb", "-D", part / "data", "-U", ADMIN, "--auth=scram-sha-256", "--pwfile", self._password_file,
            "--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=4",
        )  # fmt: skip
        part.rename(self._template)

    def _fill(self, part: Path, source: str | None) -> None:
        binaries.give(part)
        if source is None:
            subprocess.run(["cp", "-a", self._template / "data", part / "data"], check=True)  # noqa: S603, S607
            return
        origin = self._clusters[source]
        passfile = part / "pass"
        passfile.write_text(f"{origin.address}:{self.port}:*:{ADMIN}:{self._password_file.read_text()}")
        binaries.give(passfile)
        passfile.chmod(0o600)
        connection = f"host={origin.address} port={self.port} user={ADMIN} passfile={passfile} sslmode=disable"
        options = ("-D", part / "data", "--checkpoint=fast", "--wal-method=stream", "--dbname", connection)
        binaries.run("pg_basebackup", *options, timeout=_COPY_SECONDS)
        passfile.unlink()

    def _free_address(self) -> str:
        taken = {cluster.address for cluster in self._clusters.values()}
        return next(address for number in range(1, _MOST + 2) if (address := f"127.0.0.{number}") not in taken)
