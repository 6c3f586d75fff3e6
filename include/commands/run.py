"""`make run`: starts the local workspace unless another is named, runs the DAG, shows what happens."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from include.commands import airflow_env
from include.commands.dag_output import DagOutput
from include.local_workspace import running
from include.local_workspace.paths import Home

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

_CONNECTION_SECONDS = 60
_CANCEL_SECONDS = 5.0
_INTERRUPTED = 130
DAG = "payment_analysis"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--date", help="business date, YYYY-MM-DD")
    parser.add_argument("--dag", default=DAG, help="which DAG; %(default)s unless given")
    parser.add_argument("--conf", default="{}", help="params of the DAG as JSON")
    arguments = parser.parse_args()
    try:
        conf = json.loads(arguments.conf)
    except ValueError as error:
        parser.error(f"CONF is not JSON: {error}")
    if arguments.date:
        conf["business_date"] = arguments.date
    began = time.monotonic()
    starting = None
    if os.environ.get("DATABRICKS_HOST"):
        connection = _cloud_connection(parser)
        airflow_env.migrate(airflow_env.environment())
    else:
        starting = start_workspace()
        airflow_env.migrate(airflow_env.environment())
        connection = local_connection(starting)
    try:
        code, output = run_dag(conf, connection, arguments.dag)
    except KeyboardInterrupt:
        print("\nInterrupted; what the task did remotely was cancelled. Run it again to go on from what is there.")
        return _INTERRUPTED
    if starting and starting.wait() != 0:
        return 1
    print(output.summary(time.monotonic() - began))
    reports = copy_exports(connection, output.report.get("exports", []))
    _where_to_look(output.log, reports, cloud=starting is None)
    return code


def run_dag(conf: dict, connection: dict, dag: str = DAG) -> tuple[int, DagOutput]:
    """Run a DAG in this machine's Airflow; its exit code, and what was seen of it.

    Raises KeyboardInterrupt once a run that was interrupted (Ctrl-C, SIGTERM) has been ended.
    """
    log = airflow_env.airflow_home() / "logs" / f"run-{datetime.now():%Y%m%d-%H%M%S}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    output = DagOutput(log, secrets=[connection["password"]])
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "airflow", "dags", "test", dag, "--conf", json.dumps(conf)],
        env=airflow_env.environment(connection), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", start_new_session=True,
    ) as airflow:  # fmt: skip
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: _interrupt(airflow))
        output.follow(airflow.stdout)
    return airflow.returncode, output


def workspace_client(connection: dict) -> WorkspaceClient:
    """A client for the workspace of an Airflow connection as `airflow_env.connection_json` makes it."""
    from databricks.sdk import WorkspaceClient

    port = f":{connection['port']}" if "port" in connection else ""
    host = f"{connection.get('schema', 'https')}://{connection['host']}{port}"
    return WorkspaceClient(host=host, token=connection["password"], auth_type="pat")


def copy_exports(connection: dict, exports: list[str], folder: Path = airflow_env.PROJECT / "reports") -> Path | None:
    """Copies the pages that a run exported (paths in the volume `reports`) to `<folder>/<business date>`.

    Returns the first page's folder; None if nothing was exported.
    """
    if not exports:
        return None
    files = workspace_client(connection).files
    for path in exports:
        day, name = PurePosixPath(path).parts[-2:]
        target = folder / day / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with files.download(path).contents as page:
            target.write_bytes(page.read())
    return target.parent


def _interrupt(airflow: subprocess.Popen) -> None:
    """End a run. On SIGTERM Airflow 3.3 cancels what the task does remotely, and goes on (seen 2026-11-23)."""
    airflow.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        airflow.wait(_CANCEL_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(airflow.pid, signal.SIGKILL)
    raise KeyboardInterrupt


def start_workspace() -> subprocess.Popen:
    """Begin to start the local workspace; the process ends when its engines are ready."""
    return subprocess.Popen([sys.executable, "-m", "include.local_workspace", "start"])  # noqa: S603 - ourselves


def local_connection(starting: subprocess.Popen) -> dict:
    """The connection of the workspace that is starting, as soon as it listens."""
    home = Home.default()
    end = time.monotonic() + _CONNECTION_SECONDS
    while time.monotonic() < end:
        if starting.poll():
            raise SystemExit(1)
        if running.health(home):
            known = running.connection(home)
            return airflow_env.connection_json(known["host"], known["token"], known["lakebase_port"])
        time.sleep(0.1)
    raise SystemExit(
        f"The local workspace does not listen after {_CONNECTION_SECONDS} s; see {home.logs}/workspace.log."
    )


def _cloud_connection(parser: argparse.ArgumentParser) -> dict:
    token = os.environ.get("DATABRICKS_TOKEN")
    if not token:
        parser.error("DATABRICKS_HOST is set but DATABRICKS_TOKEN is not. Set both, or neither to run locally.")
    return airflow_env.connection_json(os.environ["DATABRICKS_HOST"], token)


def _where_to_look(log: Path, reports: Path | None, cloud: bool) -> None:
    print()
    if reports:
        print(f"Dashboards          {reports}/*.html: open them in a browser, no network is needed")
    print(f"Log of the run      {log}")
    if not cloud:
        print("Airflow UI          make ui")
        print("Local workspace     stays up: make status, make stop")


if __name__ == "__main__":
    sys.exit(main())
