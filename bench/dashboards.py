"""All datasets of all dashboards on 14 days of 20 000 events: with engines that just started, and warm ones."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import Figure
from bench.local import Local
from include.commands import airflow_env
from include.commands.run import local_connection, run_dag, start_workspace, workspace_client
from include.databricks_tasks import dashboard_files
from include.databricks_tasks.statements import rows_of
from include.local_workspace import running
from include.local_workspace.paths import Home
from include.payments.sql_objects import side_by_side
from include.settings import STEPS, Settings

_CONF = {"events_per_day": 20_000, "history_days": 13, "business_date": "2026-11-14", "steps": list(STEPS[:4])}
_AIMS = {1: None, 2: None, 20: 8}
"""Which times of running them all are reported; the JVM goes on compiling hot code until about the twentieth."""


def run() -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory() as folder, Local(Path(folder)) as local:
        starting = start_workspace()
        airflow_env.migrate(airflow_env.environment())
        connection = local_connection(starting)
        starting.wait()
        code, output = run_dag(_CONF, connection)
        if code:
            raise SystemExit(f"the run failed; see {output.log}")
        local.stop()
        local.start()
        execute = _executor()
        queries = [sql for file in dashboard_files.files() for sql in dashboard_files.read(file).queries.values()]
        for number in range(1, max(_AIMS) + 1):
            began = time.perf_counter()
            side_by_side(execute, queries)
            took = time.perf_counter() - began
            if number in _AIMS:
                figures.append(
                    Figure(f"{len(queries)} datasets, time {number} after a start", took, "s", _AIMS[number])
                )
    return figures


def _executor() -> Callable[[str], list]:
    known, settings = running.connection(Home.default()), Settings()
    workspace = workspace_client(airflow_env.connection_json(known["host"], known["token"]))
    warehouse_id = known["warehouse_id"]

    def execute(sql: str) -> list:
        answer = workspace.statement_execution.execute_statement(
            sql, warehouse_id, catalog=settings.catalog, schema=settings.schema, wait_timeout="50s"
        )
        return rows_of(workspace, answer)

    return execute
