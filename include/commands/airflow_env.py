"""The environment in which Airflow runs on this machine: its home, our folders, and the connection to use."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from include.settings import SHARED_POOL

PROJECT = Path(__file__).resolve().parents[2]


def airflow_home() -> Path:
    return Path(os.environ.get("AIRFLOW_HOME") or PROJECT / ".airflow").resolve()


def environment(connection: dict | None = None) -> dict[str, str]:
    """os.environ for an Airflow process; `connection` is what connection_json makes, None leaves it to Airflow."""
    ours = {
        "AIRFLOW_HOME": airflow_home(),
        "AIRFLOW__CORE__DAGS_FOLDER": PROJECT / "dags",
        "AIRFLOW__CORE__PLUGINS_FOLDER": PROJECT / "plugins",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        "PYTHONPATH": PROJECT,
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
    }
    changed = {key: str(value) for key, value in ours.items()}
    if connection:
        changed["AIRFLOW_CONN_DATABRICKS_DEFAULT"] = json.dumps(connection)
    return {**os.environ, **changed}


def connection_json(host: str, token: str, lakebase_port: int | None = None) -> dict:
    """An Airflow connection for a workspace URL. A plain-http URL needs schema, host and port apart."""
    url = urlsplit(host if "://" in host else f"https://{host}")
    connection = {"conn_type": "databricks", "host": url.hostname, "password": token}
    if url.scheme == "http":
        connection |= {"schema": "http", "port": url.port or 80}
    if lakebase_port:
        connection["extra"] = {"lakebase_port": lakebase_port}
    return connection


def migrate(env: dict[str, str]) -> None:
    """Make or upgrade Airflow's database, once for each version, and the pool that shared objects go through."""
    import importlib.metadata

    stamp = airflow_home() / f"migrated-{importlib.metadata.version('apache-airflow')}"
    if stamp.exists() and (airflow_home() / "airflow.db").exists():
        return
    airflow_home().mkdir(parents=True, exist_ok=True)
    pool = ["pools", "set", SHARED_POOL, "1", "one at a time: what runs share", "--include-deferred"]
    for arguments in (["db", "migrate"], pool):
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "airflow", *arguments], env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"airflow {' '.join(arguments)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    stamp.touch()
