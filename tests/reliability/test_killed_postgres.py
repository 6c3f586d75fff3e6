"""kill -9 of PostgreSQL in the middle of making the Lakebase tables: nothing of it stays, and the retry makes all."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg
import pytest

from include.databricks_tasks.lakebase import connect
from include.local_workspace.engines import process
from include.payments import lakebase
from include.payments.sql_files import SqlFileError

SCHEMA = "payment_analysis"
DUE = lakebase.tasks("a_catalog", "a_schema", "a_warehouse")


@pytest.fixture
def endpoint(workspace, monkeypatch) -> Iterator[str]:
    """An endpoint of a project of its own."""
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_DEFAULT", json.dumps(workspace.airflow_connection))
    call, name = workspace.client.api_client.do, f"p-{uuid.uuid4().hex[:8]}"
    call("POST", "/api/2.0/postgres/projects", query={"project_id": name}, body={"spec": {"pg_version": 17}})
    yield f"projects/{name}/branches/production/endpoints/primary"
    call("DELETE", f"/api/2.0/postgres/projects/{name}")


class Dying:
    """A connection whose server is killed before a certain statement; the rest is the connection itself."""

    def __init__(self, connection: psycopg.Connection, statement: int):
        self._connection, self._left = connection, statement

    def execute(self, *arguments):
        self._left -= 1
        if self._left == 0:
            server = self._connection.execute("SELECT pg_backend_pid()").fetchone()[0]
            postmaster = psutil.Process(server).parent()
            family = [postmaster, *postmaster.children(recursive=True)]
            for one in family:
                one.kill()
            psutil.wait_procs(family, timeout=10)
        return self._connection.execute(*arguments)

    @contextmanager
    def transaction(self):
        with self._connection.transaction():
            yield


def test_a_server_killed_half_way_comes_back_and_the_retry_makes_every_table(workspace, endpoint):
    with pytest.raises((psycopg.OperationalError, SqlFileError)), connect(endpoint) as connection:  # noqa: PT012
        lakebase.create_tables(Dying(connection, 20), SCHEMA, DUE)

    with connect(endpoint) as connection:
        assert not lakebase.exists(connection, SCHEMA, lakebase.VERSIONS)
        made = lakebase.create_tables(connection, SCHEMA, DUE)
        assert sorted(made) == sorted(task.file.name for task in DUE)
        assert lakebase.create_tables(connection, SCHEMA, DUE) == []
        assert connection.execute(f"SELECT count(*) FROM {SCHEMA}.app_config").fetchone() == (1,)
    assert any(entry["name"] == "postgres" for entry in process.recorded(workspace.home / "pids"))
