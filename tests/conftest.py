"""Shared fixtures: one local workspace for the whole test session, a schema of its own for each test."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.service.sql import StatementState
from hypothesis import settings

from include.commands.airflow_env import connection_json
from include.local_workspace.engines.spark import SparkEngine
from include.local_workspace.paths import Home
from include.local_workspace.serve import free_port

# Machines are noisy: how long an example takes says nothing about whether it is right.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
# A run that is ended from outside stops its engines too.
signal.signal(signal.SIGTERM, signal.default_int_handler)
PROJECT = Path(__file__).resolve().parents[1]
CATALOG = "test_catalog"
# Runs until it is cancelled or killed.
ENDLESS = "SELECT count(*) FROM range(10000000000000) WHERE hash(id, rand()) = 42"
_STATEMENT_SECONDS = 300


@dataclass
class RunningWorkspace:
    """A local workspace in a process of its own, as `make workspace` starts it."""

    home: Path
    connection: dict
    environment: dict

    @property
    def host(self) -> str:
        return self.connection["host"]

    @property
    def token(self) -> str:
        return self.connection["token"]

    @property
    def warehouse_id(self) -> str:
        return self.connection["warehouse_id"]

    @property
    def client(self) -> WorkspaceClient:
        """With the token, whatever else the environment of a test offers."""
        return WorkspaceClient(
            config=Config(
                host=self.host, token=self.token, auth_type="pat", retry_timeout_seconds=20, http_timeout_seconds=120
            )
        )

    @property
    def airflow_connection(self) -> dict:
        """This workspace as Airflow's connection JSON."""
        return connection_json(self.host, self.token, self.connection["lakebase_port"])

    def sql(self, statement: str, schema: str | None = None, catalog: str = CATALOG, **parameters) -> list[list]:
        """Rows of a statement as the API's strings; fails the test with the statement's own message."""
        from databricks.sdk.service.sql import StatementParameterListItem

        api = self.client.statement_execution
        answer = api.execute_statement(
            statement, self.warehouse_id, catalog=catalog if schema else None, schema=schema, wait_timeout="50s",
            parameters=[StatementParameterListItem(name=key, value=str(value)) for key, value in parameters.items()],
        )  # fmt: skip
        until = time.monotonic() + _STATEMENT_SECONDS
        while answer.status.state in (StatementState.PENDING, StatementState.RUNNING):
            assert time.monotonic() < until, f"still {answer.status.state} after {_STATEMENT_SECONDS} s: {statement}"
            time.sleep(0.2)
            answer = api.get_statement(answer.statement_id)
        assert answer.status.state == StatementState.SUCCEEDED, f"{statement}\n{answer.status.error}"
        return (answer.result and answer.result.data_array) or []

    def statements(self, text: str = "") -> list[dict]:
        """Entries of the query history whose statement contains this text, newest first."""
        path = "/api/2.0/sql/history/queries"
        history = self.client.api_client.do("GET", path, query={"max_results": 500})["res"]
        return [entry for entry in history if text in entry["query_text"]]

    def command(self, name: str) -> None:
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "include.local_workspace", name],
            cwd=PROJECT, env=self.environment, check=True, timeout=180,
        )  # fmt: skip

    def start(self) -> "RunningWorkspace":
        self.command("start")
        self.connection = json.loads((self.home / "connection.json").read_text())
        return self

    def stop(self) -> None:
        self.command("stop")


def new_workspace(home: Path) -> RunningWorkspace:
    """A workspace in this folder, not started; it shares the engine cache of the project."""
    cache = os.environ.get("LOCAL_WORKSPACE_CACHE") or str(PROJECT / ".workspace" / "cache")
    environment = {**os.environ, "LOCAL_WORKSPACE_HOME": str(home), "LOCAL_WORKSPACE_CACHE": cache}
    return RunningWorkspace(home, {}, environment)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory) -> Iterator[RunningWorkspace]:
    """The session's workspace, with the catalog `test_catalog`."""
    running = new_workspace(tmp_path_factory.mktemp("workspace") / "home")
    try:
        running.start()
        running.sql(f"CREATE CATALOG IF NOT EXISTS {CATALOG}")
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def cache() -> Path:
    """The machine's cache: nothing in it depends on a test."""
    return Home.default().cache


@pytest.fixture
def own_cache(cache, tmp_path) -> Path:
    """A cache with the machine's jars and extension, and no start cache."""
    own = tmp_path / "cache"
    own.mkdir()
    for name in ("jars", "extension"):
        (own / name).symlink_to(cache / name)
    return own


@pytest.fixture(scope="session")
def spark_engine(tmp_path_factory, cache) -> Iterator[SparkEngine]:
    """A real Spark server without a workspace around it, with the catalogs `main` and `other`."""
    engine = SparkEngine(tmp_path_factory.mktemp("spark-home"), cache, free_port(), "test-" + uuid.uuid4().hex)
    engine.set_catalogs(("main", "other"))
    engine.start()
    try:
        engine.wait_ready(240)
        yield engine
    finally:
        engine.stop()


@pytest.fixture
def schema(workspace: RunningWorkspace) -> str:
    """The name of a new schema in `test_catalog`."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    workspace.sql(f"CREATE SCHEMA {CATALOG}.{name}")
    return name


@pytest.fixture
def fault(workspace: RunningWorkspace):
    """Plants a fault: `fault("GET /path*", kind="status", status=429)`; all are removed afterwards."""
    call = workspace.client.api_client.do
    yield lambda pattern, **what: call("POST", "/_faults", body={"pattern": pattern, **what})
    call("DELETE", "/_faults")
