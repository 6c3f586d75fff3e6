"""One running workspace: its token and ports, its engines side by side, and the HTTP server in front of them."""

import fcntl
import json
import logging
import os
import secrets
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
import uvicorn

from . import running
from .api import warehouses
from .context import Workspace
from .engines import process
from .engines.postgres import Postgres
from .engines.runs import Runs
from .engines.spark import SparkEngine
from .engines.statements import Statements
from .engines.updates import Updates
from .paths import Home
from .server import create_app
from .unity import catalogs

log = logging.getLogger(__name__)
ADDRESS = "127.0.0.1"


class CannotStart(Exception):
    """Says what is in the way and what to do about it."""


def serve(home: Home) -> None:
    """Run the workspace of this folder until SIGTERM or SIGINT. Raises CannotStart."""
    home.create()
    lock = _lock(home)
    for name in process.reap(home.pids):
        log.warning("ended %s, left behind by a workspace that did not stop by itself", name)
    known = running.connection(home)
    port = _port("LOCAL_WORKSPACE_PORT", known.get("port"))
    lakebase_port = _port("LOCAL_WORKSPACE_LAKEBASE_PORT", known.get("lakebase_port"))
    token = known.get("token") or f"local-{secrets.token_hex(24)}"
    engines = {
        "spark": SparkEngine(home.root, home.cache, free_port(), token),
        "postgres": Postgres(home.root, lakebase_port),
    }
    workspace = Workspace(home, f"http://{ADDRESS}:{port}", token, engines)
    catalogs.publish(workspace, engines["spark"])
    workspace.start()
    services = {"statements": Statements(workspace), "runs": Runs(workspace), "updates": Updates(workspace)}
    workspace.services.update(services)
    for service in services.values():
        service.recover()
        workspace.stoppers.append(service.stop)
    connection = {
        "host": workspace.host, "token": token, "warehouse_id": warehouses.ensure_default(workspace),
        "lakebase_port": lakebase_port, "port": port,
    }  # fmt: skip
    _write_private(home.connection, json.dumps(connection, indent=2))
    process.record("workspace", os.getpid(), home.pids)
    try:
        _listen(workspace, port)
    finally:
        workspace.stop()
        process.forget(os.getpid(), home.pids)
        lock.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


def _port(variable: str, known: int | None) -> int:
    """The port that the variable names, which must be free; else the one of last time; else any free one."""
    asked = os.environ.get(variable)
    if asked:
        if not asked.isdigit() or not 0 < int(asked) < 65536:
            raise CannotStart(f"{variable}={asked} is not a port. Use a number from 1 to 65535, or unset it.")
        if not _free(int(asked)):
            raise CannotStart(f"Port {asked} ({variable}) is taken by another program. Choose another, or unset it.")
        return int(asked)
    return known if known and _free(known) else free_port()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
        return True


def _lock(home: Home):
    handle = (home.root / "lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(f"A workspace already runs in {home.root}. `make status` shows it.") from error
    return handle


def _write_private(path: Path, content: str) -> None:
    """Readable by its owner only, from the first byte on; moved into place whole."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(content)
    part.replace(path)


def _listen(workspace: Workspace, port: int) -> None:
    app = create_app(workspace)

    @asynccontextmanager
    async def lifespan(_):
        # Calls that wait for a statement hold a thread for up to 50 s.
        anyio.to_thread.current_default_thread_limiter().total_tokens = 100
        print(f"local workspace on {workspace.host}", file=sys.stderr, flush=True)
        yield

    app.router.lifespan_context = lifespan
    config = uvicorn.Config(
        app, host=ADDRESS, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=3,
        timeout_keep_alive=75,
    )  # fmt: skip
    uvicorn.Server(config).run()
